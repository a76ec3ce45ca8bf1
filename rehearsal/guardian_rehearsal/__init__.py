"""The whole of Guardian, deployed functions included, against an emulated AWS on the user's machine."""
