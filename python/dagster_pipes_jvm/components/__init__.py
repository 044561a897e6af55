"""What a code location is put together from: helpers for the bodies of assets."""
