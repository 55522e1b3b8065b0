"""What is trained before any run: embedded backbones, on people of the generator or on drawn objects.

``shipped`` finds those that travel with the package (no torch), ``backbone`` makes them, and those of other sizes.
"""
