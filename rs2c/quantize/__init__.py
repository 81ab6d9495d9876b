"""A `RepresenterSketch` to an `IntegerModel`: input maps, integer inputs, directions, counts."""
