"""fer_lab: experiments on facial expression recognition, re-run and believed."""
