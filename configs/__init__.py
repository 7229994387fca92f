"""Configs shipped with polysift: quickstart.yml, full.yml and languages/<label>.yml."""
