"""Starts MiniStack in the foreground with the settings this project needs.

The caller sets AWS_ENDPOINT_URL, GATEWAY_PORT, STATE_DIR and S3_DATA_DIR.
"""

import json
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
from ministack.services import apigateway, cloudformation, eventbridge, lambda_svc  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402

# An update of a nested stack forgets the attributes of what has not changed
# ("Requested attribute Arn does not exist"): they are handed back from the
# stack's own record.
_plain_update = provisioners._update_resource


def _update_resource(kind, physical_id, old, new, stack, logical_id=None, attributes=None):
    if attributes is None:
        record = cloudformation._stacks.get(stack, {}).get("_resources", {}).get(logical_id, {})
        attributes = record.get("Attributes")
    return _plain_update(kind, physical_id, old, new, stack, logical_id, attributes)


provisioners._update_resource = _update_resource


# A rule invokes its function once and forgets it; on AWS the invocation is
# asynchronous, with retries and an on-failure queue.
def _dispatch_to_lambda(arn, payload):
    try:
        event = json.loads(payload)
    except (ValueError, TypeError):
        event = {"body": payload}
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if function and config:
        record = lambda_svc._execution_record_for_config(function, config)
        lambda_svc.invoke_async_with_retry(record, event)


eventbridge._dispatch_to_lambda = _dispatch_to_lambda


# The stream's records do not outlive the emulator, but its readers' places in
# them do: a reader would sleep through as many records as there once were.
_plain_restore = lambda_svc._restore_esm_positions


def _restore_esm_positions(store, positions):
    _plain_restore(store, positions)
    if store is lambda_svc._dynamodb_stream_positions:
        _begin_streams()


def _begin_streams():
    positions = lambda_svc._dynamodb_stream_positions._data
    positions.update(dict.fromkeys(positions, 0))


lambda_svc._restore_esm_positions = _restore_esm_positions
_begin_streams()


# A preflight to an API without CORS of its own is refused before the routes are
# looked at; on AWS it reaches the function behind an ANY route, which answers.
class _Routed(str):
    """The word OPTIONS that is not taken for a preflight to be answered at once."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return True


_plain_execute = apigateway._handle_execute_in_scope


async def _handle_execute_in_scope(api_id, stage, path, method, *rest, **named):
    api = apigateway._apis.get(api_id) or {}
    if method == "OPTIONS" and not api.get("corsConfiguration"):
        method = _Routed(method)
    return await _plain_execute(api_id, stage, path, method, *rest, **named)


apigateway._handle_execute_in_scope = _handle_execute_in_scope

main()
