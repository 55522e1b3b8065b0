"""Finished runs as files that others use: ONNX with all that is known of the run inside, cards, folders for hubs."""
