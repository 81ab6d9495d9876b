"""How models of other libraries are asked for their scores: one module a library, loaded when such a model is given."""
