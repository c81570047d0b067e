"""Makes the sender of mail one that may send, as an operator does once by confirming it at SES.

Usage: mail.py <address>
"""

import sys

import boto3

ses = boto3.client("sesv2")
try:
    ses.create_email_identity(EmailIdentity=sys.argv[1])
except ses.exceptions.AlreadyExistsException:
    pass
