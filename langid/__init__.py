"""Language labels, scripts and language identification models. Imports nothing else of polysift."""
