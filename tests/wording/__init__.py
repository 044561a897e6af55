"""`make lint` checks prose by the rules of CONTRIBUTING.md, "Terms and wording"; `__main__.py` is the command."""
