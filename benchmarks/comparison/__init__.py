"""restflow and its peers, side by side: in process, over HTTP, in hops, queries and memory."""
