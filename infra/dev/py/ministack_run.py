"""Starts MiniStack in the foreground with the settings this project needs.

The caller sets AWS_ENDPOINT_URL, GATEWAY_PORT, STATE_DIR and S3_DATA_DIR.
"""

import socket
import socketserver


# The emulator's Runtime API writes small packets and reads requests line by
# line: with the kernel's defaults an invocation waits about 100 ms for delayed
# acknowledgements. The class itself is changed, before the emulator derives
# its handlers from it.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True
_plain_setup = socketserver.StreamRequestHandler.setup


def _setup(self):
    _plain_setup(self)
    if hasattr(socket, "TCP_QUICKACK"):
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


socketserver.StreamRequestHandler.setup = _setup

from ministack.app import main  # noqa: E402

main()
