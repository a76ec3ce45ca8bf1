"""The page of `guardian report`: one HTML file that needs nothing else, made from one deployment's records."""
