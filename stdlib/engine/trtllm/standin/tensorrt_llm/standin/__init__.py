"""What is the stand-in's own: pretend GPUs, pretend tokens, and how it reports."""
