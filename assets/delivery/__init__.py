"""The only room that touches the outside: what is queued leaves here, claimed before it is sent, or not at all."""
