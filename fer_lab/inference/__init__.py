"""Exported models in use, on onnxruntime: faces of pictures and videos in, answers out. Imports no torch."""
