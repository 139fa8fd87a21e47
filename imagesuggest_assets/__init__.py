"""The asset graph of image suggestions; at its front what one opens first."""
