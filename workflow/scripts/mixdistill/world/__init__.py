"""The miniature world: generated word problems and tiny models that can really learn to solve them."""
