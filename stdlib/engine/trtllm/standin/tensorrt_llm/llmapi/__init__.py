"""The engine's side: its configuration, its ranks and the session between them."""
