// The life of Okta users and groups, told by Okta's official Node SDK to the org at OKTA_ORG_URL.
//
// Prints one line per step, then what it called and how often. Ends with 1 at the first thing that is not as
// Okta would have it. The SDK lies in the folder NODE_SDK.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { Client, DefaultRequestExecutor } = createRequire(`${process.env.NODE_SDK}/`)('@okta/okta-sdk-nodejs');

const { OKTA_ORG_URL: orgUrl, OKTA_API_TOKEN: token } = process.env;
const calls = new Map();
const password = 'Correct-Horse-7';

const called = (endpoint) => calls.get(endpoint) ?? 0;
const answers = [];

function client(apiToken = token) {
  const requestExecutor = new DefaultRequestExecutor();
  requestExecutor.on('request', ({ method, url }) => {
    const path = new URL(url).pathname.replace(/\/(users|groups)\/[^/]+/g, '/$1/{id}');
    const endpoint = `${method.toUpperCase()} ${path}`;
    calls.set(endpoint, called(endpoint) + 1);
  });
  requestExecutor.on('response', (response) => answers.push(response));
  // Without a cache: what is asked is to be the org's own answer.
  return new Client({ orgUrl, token: apiToken, requestExecutor, cacheMiddleware: null });
}

const okta = client();
const { userApi, groupApi } = okta;

/** Runs one step; what does not hold ends the program. */
async function step(name, body) {
  try {
    const result = await body();
    console.log(`ok  ${name}`);
    return result;
  } catch (error) {
    console.log(`FAILED  ${name}: ${error.message}`);
    process.exit(1);
  }
}

/** Status, code and causes of the error that the call must end with. */
async function refused(call, status, code, ...causes) {
  const error = await call.then(() => assert.fail('no error'), (error) => error);
  assert.deepEqual([error.status, error.errorCode], [status, code], error.message);
  if (causes.length) {
    assert.deepEqual(error.errorCauses.map((cause) => cause.errorSummary), causes);
  }
  return error;
}

async function all(collection) {
  const found = [];
  await (await collection).each((one) => { found.push(one); });
  return found;
}

const person = (login, more) => ({ login, email: login, firstName: 'Ann', lastName: 'Smith', ...more });
const logins = (users) => users.map((user) => user.profile.login);
const ids = (some) => some.map((one) => one.id);
const status = async (userId) => (await userApi.getUser({ userId })).status;
const create = (login, { groupIds, activate, nextLogin, credentials, ...more } = {}) => userApi.createUser({
  body: { profile: person(login, more), credentials, groupIds }, activate, nextLogin,
});

const staged = await step('create without activation', async () => {
  const user = await create('js-staged@x.com', { activate: false });
  assert.deepEqual([user.status, user.activated], ['STAGED', null]);
  return user.id;
});
const pending = await step('create', async () => {
  const user = await create('js-pending@x.com', { title: 'Engineer' });
  assert.deepEqual([user.status, user.profile.title], ['PROVISIONED', 'Engineer']);
  return user.id;
});
const active = await step('create with a password', async () => {
  const user = await create('js-active@x.com', { credentials: { password: { value: password } } });
  assert.deepEqual([user.status, user.id.length], ['ACTIVE', 20]);
  return user.id;
});
await step('create with a password to be changed', async () => {
  const credentials = { password: { value: password } };
  const user = await create('js-expired@x.com', { credentials, activate: true, nextLogin: 'changePassword' });
  assert.equal(user.status, 'PASSWORD_EXPIRED');
});
await step('get by id, by login, and oneself', async () => {
  const byId = await userApi.getUser({ userId: active });
  const byLogin = await userApi.getUser({ userId: 'JS-active@X.com' });
  assert.deepEqual(byId, byLogin);
  assert.equal(await status('me'), 'ACTIVE');
});

await step('update some attributes', async () => {
  const user = { profile: { title: 'Builder', department: 'R&D' } };
  const { profile } = await userApi.updateUser({ userId: active, user });
  assert.deepEqual([profile.title, profile.department, profile.firstName], ['Builder', 'R&D', 'Ann']);
});
await step('clear an attribute by null', async () => {
  const { profile } = await userApi.updateUser({ userId: active, user: { profile: { title: null } } });
  assert.deepEqual([profile.title ?? null, profile.department], [null, 'R&D']);
});
await step('replace everything', async () => {
  const user = { profile: person('js-active@x.com', { nickName: 'Annie' }) };
  const { profile } = await userApi.replaceUser({ userId: active, user });
  assert.deepEqual([profile.nickName, profile.department ?? null], ['Annie', null]);
});
await step('rename', async () => {
  const profile = { login: 'js-renamed@x.com', email: 'js-renamed@x.com' };
  assert.equal((await userApi.updateUser({ userId: pending, user: { profile } })).id, pending);
  await refused(userApi.getUser({ userId: 'js-pending@x.com' }), 404, 'E0000007');
});

await step('list in pages of 2', async () => {
  const whole = await all(userApi.listUsers());
  const before = called('GET /api/v1/users');
  const paged = await all(userApi.listUsers({ limit: 2 }));
  assert.deepEqual(logins(paged), logins(whole));
  assert.ok(whole.length >= 5);
  assert.equal(called('GET /api/v1/users') - before, Math.ceil(whole.length / 2));
});
await step('search', async () => {
  for (const search of [
    'profile.login sw "JS-" and status eq "ACTIVE"',
    'profile.login sw "js-" and (profile.nickName eq "annie" or profile.title eq "nobody")',
  ]) {
    assert.deepEqual(logins(await all(userApi.listUsers({ search }))), ['js-active@x.com']);
  }
});
await step('search in order', async () => {
  const search = 'profile.login sw "js-"';
  const found = logins(await all(userApi.listUsers({ search, sortBy: 'profile.login', sortOrder: 'desc' })));
  assert.equal(found.length, 4);
  assert.deepEqual(found, [...found].sort().reverse());
});
await step('filter', async () => {
  for (const [login, found] of [['js-active@x.com', ['js-active@x.com']], ['JS-active@x.com', []]]) {
    assert.deepEqual(logins(await all(userApi.listUsers({ filter: `profile.login eq "${login}"` }))), found);
  }
});
await step('find by the beginning of a name or email', async () => {
  assert.deepEqual(logins(await all(userApi.listUsers({ q: 'js-act' }))), ['js-active@x.com']);
});
await step('a bad search is refused', async () => {
  await refused(all(userApi.listUsers({ search: 'profile.login is nice' })), 400, 'E0000031');
});

const group = { profile: { name: 'Js Engineers', description: 'They build' } };
const groupId = await step('create a group', async () => {
  const made = await groupApi.createGroup({ group });
  assert.deepEqual([made.type, made.profile.name], ['OKTA_GROUP', 'Js Engineers']);
  return made.id;
});
await step('a second group of that name is refused', async () => {
  const error = await groupApi.createGroup({ group }).then(() => assert.fail('no error'), (error) => error);
  assert.ok([400, 409].includes(error.status));
});
await step('get and find a group', async () => {
  assert.equal((await groupApi.getGroup({ groupId })).id, groupId);
  for (const how of [
    { q: 'Js' }, { search: 'profile.name eq "Js Engineers"' },
    { filter: `type eq "OKTA_GROUP" and id eq "${groupId}"` },
  ]) {
    assert.deepEqual(ids(await all(groupApi.listGroups(how))), [groupId], JSON.stringify(how));
  }
});
const members = await step('members', async () => {
  await groupApi.assignUserToGroup({ groupId, userId: active });
  const made = [];
  for (const login of ['js-member@x.com', 'js-member2@x.com']) {
    made.push((await create(login, { groupIds: [groupId] })).id);
  }
  const before = called('GET /api/v1/groups/{id}/users/{id}') + called('GET /api/v1/groups/{id}/users');
  assert.deepEqual(ids(await all(groupApi.listGroupUsers({ groupId, limit: 2 }))), [active, ...made]);
  assert.equal(called('GET /api/v1/groups/{id}/users') - before, 2);
  const theirs = await all(userApi.listUserGroups({ userId: made[0] }));
  assert.deepEqual(theirs.map((one) => one.profile.name), ['Everyone', 'Js Engineers']);
  return made;
});
await step('a member leaves', async () => {
  await groupApi.unassignUserFromGroup({ groupId, userId: active });
  assert.deepEqual(ids(await all(groupApi.listGroupUsers({ groupId }))), members);
});
await step('replace a group', async () => {
  const replaced = await groupApi.replaceGroup({ groupId, group: { profile: { name: 'Js Builders' } } });
  assert.deepEqual([replaced.profile.name, replaced.profile.description ?? null], ['Js Builders', null]);
});
await step('delete a group', async () => {
  await groupApi.deleteGroup({ groupId });
  await refused(groupApi.getGroup({ groupId }), 404, 'E0000007');
});
await step('create into a group that is not there', async () => {
  await refused(create('js-lost@x.com', { groupIds: [groupId] }), 404, 'E0000007');
});

await step('a login is given once', async () => {
  const cause = 'login: An object with this field already exists in the current organization';
  await refused(create('js-ACTIVE@x.com'), 400, 'E0000001', cause);
});
await step('an unknown attribute is refused', async () => {
  const cause = "Property name 'notValid' is not defined in profile";
  await refused(create('js-odd@x.com', { notValid: 'x' }), 400, 'E0000001', cause);
});
await step('an empty person is refused', async () => {
  const error = await refused(userApi.createUser({ body: { profile: { login: 'x' } } }), 400, 'E0000001');
  assert.ok(error.errorCauses.length >= 4);
});
await step('nobody', () => refused(userApi.getUser({ userId: '00unobody' }), 404, 'E0000007'));
await step('a wrong token', () =>
  refused(client('00wrong').userApi.getUser({ userId: 'me' }), 401, 'E0000011'));

await step('suspend', async () => {
  await userApi.suspendUser({ userId: active });
  await refused(userApi.suspendUser({ userId: active }), 400, 'E0000001');
  assert.equal(await status(active), 'SUSPENDED');
});
await step('unsuspend', async () => {
  await userApi.unsuspendUser({ userId: active });
  assert.equal(await status(active), 'ACTIVE');
});
await step('unlock who is not locked out', () =>
  refused(userApi.unlockUser({ userId: active }), 403, 'E0000032', 'The user is not locked out.'));
await step('expire the password', async () => {
  assert.equal((await userApi.expirePassword({ userId: active })).status, 'PASSWORD_EXPIRED');
});
await step('clear the sessions', () => userApi.revokeUserSessions({ userId: active, oauthTokens: true }));
await step('activate', async () => {
  const { activationToken } = await userApi.activateUser({ userId: staged, sendEmail: false });
  assert.ok(activationToken);
  assert.equal(await status(staged), 'PROVISIONED');
  await refused(userApi.activateUser({ userId: staged, sendEmail: false }), 403, 'E0000016');
});
await step('reactivate', async () => {
  const { activationUrl } = await userApi.reactivateUser({ userId: staged, sendEmail: false });
  assert.match(activationUrl, /^http/);
  await refused(userApi.reactivateUser({ userId: active, sendEmail: false }), 403, 'E0000038');
});
await step('deactivate', async () => {
  await userApi.deactivateUser({ userId: active });
  assert.equal(await status(active), 'DEPROVISIONED');
  await refused(userApi.deactivateUser({ userId: active }), 404, 'E0000007');
  await refused(userApi.updateUser({ userId: active, user: { profile: { title: 'x' } } }), 403, 'E0000038');
});
await step('activate who was deactivated', async () => {
  await userApi.activateUser({ userId: active, sendEmail: false });
  assert.equal(await status(active), 'PROVISIONED');
});

await step('a 429 is waited for by its headers, and tried again', async () => {
  // What the SDK makes of the headers is tested here, not its patience.
  const { requestExecutor } = okta;
  const waits = [];
  const wait = requestExecutor.getRetryDelayMs.bind(requestExecutor);
  requestExecutor.getRetryDelayMs = (response) => { waits.push(wait(response)); return 1; };
  await okta.http.postJsonNoContent(`${orgUrl}/sandbox/faults`, {
    body: { fault: 'rate_limit', times: 2, path: '/api/v1/users/me' },
  });
  const before = called('GET /api/v1/users/{id}');
  assert.equal(await status('me'), 'ACTIVE');
  assert.equal(called('GET /api/v1/users/{id}') - before, 3);
  assert.equal(waits.length, 2);
  assert.ok(waits.every((ms) => ms > 0 && ms <= 61_000), waits.join());
});

await step('delete, and delete for good', async () => {
  const everybody = [active, staged, pending, ...members];
  for (const userId of everybody) {
    await userApi.deleteUser({ userId });
  }
  assert.equal(await status(active), 'DEPROVISIONED');
  for (const userId of everybody) {
    await userApi.deleteUser({ userId });
  }
  await refused(userApi.deleteUser({ userId: active }), 404, 'E0000007');
});
await step('the login is free again', () => create('js-active@x.com', { activate: false }));

for (const [endpoint, count] of [...calls].filter(([endpoint]) => endpoint.includes(' /api/')).sort()) {
  console.log(`calls\t${endpoint}\t${count}`);
}
