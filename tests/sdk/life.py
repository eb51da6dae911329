"""The life of Okta users and groups, told by Okta's official Python SDK to the org at OKTA_ORG_URL.

Prints one line per step, then what it called and how often. Ends with 1 at the first thing that is not as
Okta would have it.
"""

import asyncio
import collections
import json
import logging
import os
import re
import sys
import urllib.parse

from okta import models
from okta.client import Client
from okta.http_client import HTTPClient

URL = os.environ["OKTA_ORG_URL"]
TOKEN = os.environ["OKTA_API_TOKEN"]
CALLS = collections.Counter()
PASSWORD = "Correct-Horse-7"


class Counting(HTTPClient):
    """The SDK's own HTTP client, which also counts what it sends."""

    async def send_request(self, request):
        path = urllib.parse.urlsplit(request["url"]).path
        if path.startswith("/api/v1"):
            path = re.sub(r"/(users|groups)/[^/]+", r"/\1/{id}", path)
            CALLS[f"{request['method']} {path}"] += 1
        return await super().send_request(request)


def client(token=TOKEN):
    # The switch for plain http lies outside what a program can give: see OKTA_TESTING_TESTINGDISABLEHTTPSCHECK.
    return Client({"orgUrl": URL, "token": token, "httpClient": Counting, "cache": {"enabled": False}})


def step(name, *checks):
    for number, (got, want) in enumerate(checks, 1):
        if got != want:
            print(f"FAILED  {name}, check {number}: got {got!r}, want {want!r}")
            sys.exit(1)
    print(f"ok  {name}")


async def ok(call):
    """What the call gives; an error ends the program."""
    *result, error = await call
    if error is not None:
        raise SystemExit(f"FAILED  {error}")
    return result[0]


async def refused(call):
    """Status and code of the error, and the texts of its causes."""
    *result, error = await call
    if error is None:
        raise SystemExit(f"FAILED  no error, but {result[0]!r}")
    return error.status, error.error_code, [cause["errorSummary"] for cause in error.error_causes]


def person(login, **more):
    return models.UserProfile(login=login, email=login, firstName="Ann", lastName="Smith", **more)


def new(login, password=None, groups=None, **more):
    credentials = password and models.UserCredentialsWritable(password=models.PasswordCredential(value=password))
    return models.CreateUserRequest(profile=person(login, **more), credentials=credentials, groupIds=groups)


def change(**profile):
    return models.UpdateUserRequest(profile=models.UserProfile(**profile))


def logins(users):
    return [user.profile.login for user in users]


async def raw(okta, method, path, body=None, empty=True):
    """Through the SDK's executor, for what its methods do not let through."""
    executor = okta.get_request_executor()
    request, error = await executor.create_request(method, path, body, keep_empty_params=empty)
    assert error is None, error
    _, text, error = await executor.execute(request)
    assert error is None, error
    return json.loads(text) if text else None


async def pages(okta, path):
    """The sizes of the pages of a list, by following the links."""
    sizes, url = [], path
    while url:
        request, _ = await okta.get_request_executor().create_request("GET", url)
        response, text, error = await okta.get_request_executor().execute(request)
        assert error is None, error
        sizes.append(len(json.loads(text)))
        links = [link for value in response.headers.getall("Link") for link in value.split(", ")]
        url = next((link[1 : link.index(">")] for link in links if link.endswith('rel="next"')), None)
    return sizes


async def users(okta):
    staged = await ok(okta.create_user(new("py-staged@x.com"), activate=False))
    step("create without activation", (staged.status.value, "STAGED"), (staged.activated, None))
    pending = await ok(okta.create_user(new("py-pending@x.com", title="Engineer")))
    step("create", (pending.status.value, "PROVISIONED"), (pending.profile.title, "Engineer"))
    active = await ok(okta.create_user(new("py-active@x.com", PASSWORD)))
    step("create with a password", (active.status.value, "ACTIVE"), (len(active.id), 20))
    expired = await ok(
        okta.create_user(new("py-expired@x.com", PASSWORD), next_login=models.UserNextLogin.CHANGEPASSWORD)
    )
    step("create with a password to be changed", (expired.status.value, "PASSWORD_EXPIRED"))

    by_id = await ok(okta.get_user(active.id))
    by_login = await ok(okta.get_user("PY-active@X.com"))
    me = await ok(okta.get_user("me"))
    step("get by id, by login, and oneself", (by_id.id, by_login.id), (me.status.value, "ACTIVE"))

    changed = await ok(okta.update_user(active.id, change(title="Builder", department="R&D")))
    step(
        "update some attributes",
        (changed.profile.title, "Builder"),
        (changed.profile.department, "R&D"),
        (changed.profile.first_name, "Ann"),
    )
    # The SDK drops nulls from every body, so only its executor can clear an attribute.
    await ok(okta.update_user(active.id, change(title=None, department="Labs")))
    kept = await ok(okta.get_user(active.id))
    cleared = await raw(okta, "POST", f"/api/v1/users/{active.id}", {"profile": {"title": None}})
    step(
        "clear an attribute by null",
        (kept.profile.title, "Builder"),
        ("title" in cleared["profile"], False),
        (cleared["profile"]["department"], "Labs"),
    )
    replacement = models.UpdateUserRequest(profile=person("py-active@x.com", nickName="Annie"))
    replaced = await ok(okta.replace_user(active.id, replacement))
    step("replace everything", (replaced.profile.nick_name, "Annie"), (replaced.profile.department, None))
    renamed = await ok(okta.update_user(pending.id, change(login="py-renamed@x.com", email="py-renamed@x.com")))
    gone = await refused(okta.get_user("py-pending@x.com"))
    step("rename", (renamed.id, pending.id), (gone[:2], (404, "E0000007")))
    return staged, pending, active


async def lists(okta):
    # All but the deactivated: four of this program and the token's owner at least.
    listed, sizes = await ok(okta.list_users()), await pages(okta, "/api/v1/users?limit=2")
    step("list in pages of 2", (sum(sizes), len(listed)), (set(sizes[:-1]), {2}), (len(sizes) >= 3, True))
    search = 'profile.login sw "PY-" and status eq "ACTIVE"'
    found = await ok(okta.list_users(search=search))
    by_name = await ok(okta.list_users(search='profile.nickName eq "annie" or profile.title eq "nobody"'))
    step("search", (logins(found), ["py-active@x.com"]), (logins(by_name), ["py-active@x.com"]))
    ordered = await ok(okta.list_users(search='profile.login sw "py-"', sort_by="profile.login", sort_order="desc"))
    step("search in order", (logins(ordered), sorted(logins(ordered), reverse=True)), (len(ordered), 4))
    filtered = await ok(okta.list_users(filter='profile.login eq "py-active@x.com"'))
    wrong_case = await ok(okta.list_users(filter='profile.login eq "PY-active@x.com"'))
    step("filter", (logins(filtered), ["py-active@x.com"]), (wrong_case, []))
    hits = await ok(okta.list_users(q="py-act"))
    step("find by the beginning of a name or email", (logins(hits), ["py-active@x.com"]))
    bad = await refused(okta.list_users(search="profile.login is nice"))
    step("a bad search is refused", (bad[:2], (400, "E0000031")))


async def states(okta, staged, pending, active):
    async def status(user):
        return (await ok(okta.get_user(user.id))).status.value

    await ok(okta.suspend_user(active.id))
    again = await refused(okta.suspend_user(active.id))
    step("suspend", (await status(active), "SUSPENDED"), (again[:2], (400, "E0000001")))
    await ok(okta.unsuspend_user(active.id))
    step("unsuspend", (await status(active), "ACTIVE"))
    locked = await refused(okta.unlock_user(active.id))
    step("unlock who is not locked out", (locked, (403, "E0000032", ["The user is not locked out."])))
    expired = await ok(okta.expire_password(active.id))
    step("expire the password", (expired.status.value, "PASSWORD_EXPIRED"))
    await ok(okta.revoke_user_sessions(active.id, oauth_tokens=True))
    step("clear the sessions")
    token = await ok(okta.activate_user(staged.id, send_email=False))
    already = await refused(okta.activate_user(staged.id, send_email=False))
    step(
        "activate",
        (await status(staged), "PROVISIONED"),
        (bool(token.activation_token), True),
        (already[:2], (403, "E0000016")),
    )
    fresh = await ok(okta.reactivate_user(staged.id, send_email=False))
    wrong = await refused(okta.reactivate_user(active.id, send_email=False))
    step("reactivate", (fresh.activation_url.startswith("http"), True), (wrong[:2], (403, "E0000038")))
    await ok(okta.deactivate_user(active.id))
    again = await refused(okta.deactivate_user(active.id))
    update = await refused(okta.update_user(active.id, change(title="x")))
    step(
        "deactivate",
        (await status(active), "DEPROVISIONED"),
        (again[:2], (404, "E0000007")),
        (update[:2], (403, "E0000038")),
    )
    await ok(okta.activate_user(active.id, send_email=False))
    step("activate who was deactivated", (await status(active), "PROVISIONED"))


async def groups(okta, user):
    name = "Py Engineers"
    profile = models.OktaUserGroupProfile(name=name, description="They build")
    group = await ok(okta.add_group(models.AddGroupRequest(profile=profile)))
    step("create a group", (group.type.value, "OKTA_GROUP"), (group.profile.actual_instance.name, name))
    twice = await refused(okta.add_group(models.AddGroupRequest(profile=profile)))
    step("a second group of that name is refused", (twice[0] in (400, 409), True))
    shown = await ok(okta.get_group(group.id))
    found = await ok(okta.list_groups(q="Py"))
    by_search = await ok(okta.list_groups(search=f'profile.name eq "{name}"'))
    by_filter = await ok(okta.list_groups(filter=f'type eq "OKTA_GROUP" and id eq "{group.id}"'))
    step(
        "get and find a group",
        (shown.id, group.id),
        *(([one.id for one in some], [group.id]) for some in (found, by_search, by_filter)),
    )
    await ok(okta.assign_user_to_group(group.id, user.id))
    member = await ok(okta.create_user(new("py-member@x.com", groups=[group.id])))
    second = await ok(okta.create_user(new("py-member2@x.com", groups=[group.id])))
    members = await ok(okta.list_group_users(group.id))
    sizes = await pages(okta, f"/api/v1/groups/{group.id}/users?limit=2")
    theirs = await ok(okta.list_user_groups(member.id))
    step(
        "members",
        ({one.id for one in members}, {user.id, member.id, second.id}),
        (sizes, [2, 1]),
        ([one.profile.actual_instance.name for one in theirs], ["Everyone", name]),
    )
    await ok(okta.unassign_user_from_group(group.id, user.id))
    left = await ok(okta.list_group_users(group.id))
    step("a member leaves", (user.id in [one.id for one in left], False), (len(left), 2))
    changed = models.AddGroupRequest(profile=models.OktaUserGroupProfile(name="Py Builders"))
    replaced = await ok(okta.replace_group(group.id, changed))
    step("replace a group", (replaced.profile.actual_instance.description, None))
    await ok(okta.delete_group(group.id))
    step("delete a group", ((await refused(okta.get_group(group.id)))[:2], (404, "E0000007")))
    unknown = await refused(okta.create_user(new("py-lost@x.com", groups=[group.id])))
    step("create into a group that is not there", (unknown[:2], (404, "E0000007")))
    return member, second


async def errors(okta):
    taken = await refused(okta.create_user(new("py-ACTIVE@x.com")))
    cause = "login: An object with this field already exists in the current organization"
    step("a login is given once", (taken, (400, "E0000001", [cause])))
    odd = await refused(okta.create_user(new("py-odd@x.com", additional_properties={"notValid": "x"})))
    step("an unknown attribute is refused", (odd, (400, "E0000001", ["Property name 'notValid' is not defined in profile"])))
    blank = await refused(okta.create_user(models.CreateUserRequest(profile=models.UserProfile(login="x"))))
    step("an empty person is refused", (blank[:2], (400, "E0000001")), (len(blank[2]) >= 4, True))
    step("nobody", ((await refused(okta.get_user("00unobody")))[:2], (404, "E0000007")))
    wrong = await refused(client("00wrong").get_user("me"))
    step("a wrong token", (wrong[:2], (401, "E0000011")))


async def rate_limit(okta):
    waits = []

    async def at_once(seconds):
        waits.append(seconds)

    # What the SDK makes of the headers is tested here, not its patience.
    okta.get_request_executor().pause_for_backoff = at_once
    await raw(okta, "POST", "/sandbox/faults", {"fault": "rate_limit", "count": 2, "path": "/api/v1/users/me"})
    before = CALLS["GET /api/v1/users/{id}"]
    me = await ok(okta.get_user("me"))
    step(
        "a 429 is waited for by its headers, and tried again",
        (me.status.value, "ACTIVE"),
        (CALLS["GET /api/v1/users/{id}"] - before, 3),
        (all(0 < wait <= 61 for wait in waits) and len(waits), 2),
    )


async def ends(okta, everybody):
    for user in everybody:
        await ok(okta.delete_user(user.id))
    status = (await ok(okta.get_user(everybody[0].id))).status.value
    for user in everybody:
        await ok(okta.delete_user(user.id))
    gone = await refused(okta.delete_user(everybody[0].id))
    step("delete, and delete for good", (status, "DEPROVISIONED"), (gone[:2], (404, "E0000007")))
    await ok(okta.create_user(new("py-active@x.com"), activate=False))
    step("the login is free again")


async def main():
    # The SDK logs every error that it also returns.
    logging.disable(logging.CRITICAL)
    okta = client()
    staged, pending, active = await users(okta)
    await lists(okta)
    members = await groups(okta, active)
    await errors(okta)
    await states(okta, staged, pending, active)
    await rate_limit(okta)
    await ends(okta, [active, staged, pending, *members])
    for endpoint, count in sorted(CALLS.items()):
        print(f"calls\t{endpoint}\t{count}")


asyncio.run(main())
