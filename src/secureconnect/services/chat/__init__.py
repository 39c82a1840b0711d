"""Chat: conversations, their members, and the log of what is said in them.

app             builds the service from named parts; exports METADATA and `project` for the wiring, and the repair
membership      who is in a conversation now, in memory, kept right by the events themselves
conversations   making, listing and changing conversations; preferences (listing: the rows as one account sees them)
members         joining, leaving, roles, the hand-over of the last ownership
messages        drafts of sends, edits, deletions and reactions, and standing them in the log
history         pages of the log as one reader may see them (folding: messages with their present content)
mentions        what mentions the reader
people          names, privacy, blocks and friends of others, asked at auth and kept until they change
files           which file hangs on which message, and who may read it
calls           what calls leave in the log
retirement      what happens when an account is disabled or closed
projections     what follows from the log, written in the append's own transaction
repair          compares those projections with the log and rebuilds them
socket          frames in and out; delivery, receipts, presence and sync are the live side
store/          tables and queries
"""
