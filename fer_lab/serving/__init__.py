"""A finished run as a service: a picture in, probabilities out, on this machine; and how long that takes."""
