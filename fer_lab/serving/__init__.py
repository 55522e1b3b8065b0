"""Exported models as a service: pictures in, faces and answers out; and how long that takes. Imports no torch."""
