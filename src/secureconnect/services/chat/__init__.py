"""Chat: conversations, their members, and the log of what is said in them.

app             builds the service from named parts; exports METADATA, `project` and the repair for the wiring
membership      who is in a conversation now, in memory, kept right by the events themselves
creating        making groups, and the one direct conversation of a pair (admission: who may be taken in)
conversations   changing a group: title, picture, from where newcomers read
listing         the rows as one account sees them: unread, last message, the other one, a live call
members         joining, leaving, roles, the hand-over of the last ownership (joining: by invites of auth)
messages        sends, edits, deletions (reactions; standing: whether one may write to somebody)
appending       stands drafts, checked again when the membership changed before they stood
history         pages of the log as one reader may see them (folding: messages with their present content)
mentions        what mentions the reader
preferences     what a member chose for a conversation
people          names, privacy, blocks and friends of others, asked at auth and kept until they change
files           which file hangs on which message, and who may read it
calls           what calls leave in the log (departures: telling video who left)
retirement      what happens when an account is disabled or closed
projections     what follows from the log, written in the append's own transaction
repair          compares those projections with the log and rebuilds them
live            the sockets and all that reaches them: socket, sending, delivery, receipts, presence, sync
store/          tables and queries
"""
