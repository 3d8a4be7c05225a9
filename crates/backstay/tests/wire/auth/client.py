"""Sign-up, sign-in, refresh, recover and sign-out with the official Python client.

Arguments: address of the server, anonymous key, an address for mails. It prints the address whenever it needs the code of the next
mail to it, and reads the code from its input. It ends with 0 when all went as it should.
"""

import sys

from supabase import ClientOptions, create_client
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

PASSWORD, OTHER = "correct horse battery 7", "staple purple monkey 9"
URL, KEY, EMAIL = sys.argv[1:4]


def client():
    return create_client(URL, KEY, options=ClientOptions(auto_refresh_token=False, persist_session=True))


def code():
    print(EMAIL, flush=True)
    return sys.stdin.readline().strip()


def refused(call, status, name):
    try:
        call()
    except AuthApiError as error:
        assert (error.status, error.code) == (status, name), (error.status, error.code, error.message)
        return
    raise AssertionError(f"{name} was expected")


own = client()
try:
    own.auth.sign_up({"email": EMAIL, "password": "short", "options": {"data": {"name": "Ana"}}})
    raise AssertionError("a weak password was taken")
except AuthWeakPasswordError as error:
    assert error.reasons == ["length"], error.reasons

answer = own.auth.sign_up({"email": EMAIL, "password": PASSWORD, "options": {"data": {"name": "Ana"}}})
assert answer.session is None and answer.user.email == EMAIL and len(answer.user.identities) == 1, answer
sign_in = {"email": EMAIL, "password": PASSWORD}
refused(lambda: client().auth.sign_in_with_password(sign_in), 400, "email_not_confirmed")
answer = own.auth.verify_otp({"email": EMAIL, "token": code(), "type": "signup"})
assert answer.session.token_type == "bearer" and answer.session.expires_in == 3600, answer
assert own.auth.get_user().user.id == answer.user.id
assert answer.user.app_metadata["role"] == "learner", answer.user.app_metadata

rows = own.table("learners").select("id,name,role").execute().data
assert rows == [{"id": answer.user.id, "name": "Ana", "role": "learner"}], rows

refused(lambda: client().auth.sign_in_with_password({**sign_in, "password": OTHER}), 400, "invalid_credentials")
own = client()
first = own.auth.sign_in_with_password(sign_in).session
second = own.auth.refresh_session().session
assert second.refresh_token != first.refresh_token
again = client().auth.refresh_session(first.refresh_token).session
assert again.refresh_token == second.refresh_token, "another tab is given the same token"

client().auth.reset_password_for_email(EMAIL)
reset = client()
reset.auth.verify_otp({"email": EMAIL, "token": code(), "type": "recovery"})
reset.auth.update_user({"password": OTHER, "data": {"nick": "A"}})
assert reset.auth.get_user().user.user_metadata == {"name": "Ana", "nick": "A"}
refused(lambda: client().auth.sign_in_with_password(sign_in), 400, "invalid_credentials")
refused(lambda: client().auth.refresh_session(second.refresh_token), 400, "refresh_token_not_found")

own = client()
own.auth.sign_in_with_password({**sign_in, "password": OTHER})
own.auth.sign_out()
assert own.auth.get_session() is None

client().auth.sign_in_with_otp({"email": EMAIL})
answer = client().auth.verify_otp({"email": EMAIL, "token": code(), "type": "email"})
assert answer.session.user.email == EMAIL
