"""Tables, archives, and the coding of columns and labels: files to a `Dataset`, and teacher scores to one form."""
