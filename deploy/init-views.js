// Initiates the replica set 'orderly' and makes two users: admin, and orderly, which may read and write one database.
// Changes nothing the second time. Runs in mongosh on the first member's own machine (the localhost exception).
// Needs VIEWS_MEMBERS (host:port,…; the first is this one), VIEWS_ADMIN_PASSWORD and VIEWS_PASSWORD.
const { VIEWS_MEMBERS, VIEWS_ADMIN_PASSWORD, VIEWS_PASSWORD } = process.env;
const here = '127.0.0.1:27017';
const ALREADY_INITIALIZED = 23;
const AUTHENTICATION_FAILED = 18;

function connectAsAdmin() {
  try {
    // mongosh waits for the connection where it is assigned; returned at once, its error would not be caught here.
    const connection = new Mongo(`mongodb://admin:${encodeURIComponent(VIEWS_ADMIN_PASSWORD)}@${here}/?authSource=admin&directConnection=true`);
    return connection;
  } catch (e) {
    if (e.code === AUTHENTICATION_FAILED) {
      return null;
    }

    throw e;
  }
}

function awaitPrimary(connection) {
  for (let tries = 0; tries < 60; tries++) {
    if (connection.getDB('admin').hello().isWritablePrimary) {
      return true;
    }

    sleep(1000);
  }

  return false;
}

let admin = connectAsAdmin();
if (admin === null) {
  const first = new Mongo(`mongodb://${here}/?directConnection=true`);
  const members = VIEWS_MEMBERS.split(',').map((host, _id) => ({ _id, host, priority: _id === 0 ? 2 : 1 }));
  try {
    first.getDB('admin').adminCommand({ replSetInitiate: { _id: 'orderly', members } });
    print('Initiated the replica set.');
  } catch (e) {
    if (e.code !== ALREADY_INITIALIZED) {
      throw e;
    }
  }

  if (!awaitPrimary(first)) {
    throw new Error('This member did not become the primary in a minute.');
  }

  first.getDB('admin').createUser({ user: 'admin', pwd: VIEWS_ADMIN_PASSWORD, roles: ['root'] });
  print("Made the user 'admin'.");
  admin = connectAsAdmin();
}

// The user's making must reach the primary, which need not be this member any more.
const set = new Mongo(`mongodb://admin:${encodeURIComponent(VIEWS_ADMIN_PASSWORD)}@${VIEWS_MEMBERS}/?authSource=admin&replicaSet=orderly`);
const views = set.getDB('orderly');
if (views.getUser('orderly') === null) {
  views.createUser({ user: 'orderly', pwd: VIEWS_PASSWORD, roles: [{ role: 'readWrite', db: 'orderly' }] });
  print("Made the user 'orderly'.");
}
