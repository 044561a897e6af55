"""Parts of a code location: helpers for the bodies of assets."""
