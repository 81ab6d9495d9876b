"""What was done to raw features before a sketch, folded into its front end."""
