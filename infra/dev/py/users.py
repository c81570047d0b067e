"""Creates the people of the demo in the user pool, with a password that lasts.

Usage: users.py <pool id> <e-mail>...   (password in DEMO_PASSWORD)
Prints their ids as JSON, by e-mail.
"""

import json
import os
import sys

import boto3

pool, emails = sys.argv[1], sys.argv[2:]
cognito = boto3.client("cognito-idp")
users = {}
for email in emails:
    try:
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )
    except cognito.exceptions.UsernameExistsException:
        pass
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=os.environ["DEMO_PASSWORD"], Permanent=True)
    found = cognito.admin_get_user(UserPoolId=pool, Username=email)
    users[email] = next(item["Value"] for item in found["UserAttributes"] if item["Name"] == "sub")
print(json.dumps(users))
