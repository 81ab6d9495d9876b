"""Fitting: teachers, distillation, kernel students, refit, learned rows, and the search for a small sketch."""
