"""What is trained before any run: the embedded backbone, on people of the generator.

``shipped`` finds those that travel with the package (no torch), ``backbone`` makes them, and those of other sizes.
"""
