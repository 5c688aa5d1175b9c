BEGIN TRANSACTION;
CREATE TABLE attempt (
	about VARCHAR(120) NOT NULL, 
	failures INTEGER NOT NULL, 
	until INTEGER NOT NULL, 
	PRIMARY KEY (about)
);
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	actor VARCHAR(40) NOT NULL, 
	via VARCHAR(10) NOT NULL, 
	ip VARCHAR(45) NOT NULL, 
	action VARCHAR(80) NOT NULL, 
	object VARCHAR(300) NOT NULL, 
	before_hash VARCHAR(64) NOT NULL, 
	after_hash VARCHAR(64) NOT NULL, 
	meta TEXT NOT NULL, 
	prev_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "audit" VALUES(1,1795395042316928,'owner','cli','','flow.save','flow:hear','','7c623d32c22727004b3490e7042bec2cc03acc2cb42b067502ecc9dda25af9ed','{"by":"Owner","name":"Hear"}','6e832ac33e1177f79378ec1ff9b0ac2927a6113788e291bde115366de3ef6a69','d00d79cfc05cab6434ee73ec6d1b5439b2659d7691047148b49fe94315d688fc');
INSERT INTO "audit" VALUES(2,1795395042326543,'owner','cli','','flow.publish','flow:hear','','7c623d32c22727004b3490e7042bec2cc03acc2cb42b067502ecc9dda25af9ed','{"by":"Owner","name":"Hear","note":"","version":1}','d00d79cfc05cab6434ee73ec6d1b5439b2659d7691047148b49fe94315d688fc','a010efcb820f7445d76020af6ad7d8f549850e78884408c68d6624ccdf388b3d');
CREATE TABLE connection (
	id VARCHAR(40) NOT NULL, 
	alias VARCHAR(80) NOT NULL, 
	client VARCHAR(80), 
	module VARCHAR(80) NOT NULL, 
	kind VARCHAR(80) NOT NULL, 
	label VARCHAR(200) NOT NULL, 
	open_values BLOB NOT NULL, 
	allow BLOB NOT NULL, 
	version INTEGER NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	health VARCHAR(12) NOT NULL, 
	says TEXT NOT NULL, 
	checked INTEGER, 
	expires INTEGER, 
	owner VARCHAR(40) NOT NULL, 
	changed INTEGER NOT NULL, 
	renewing INTEGER NOT NULL, 
	renewals INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE consent (
	hash VARCHAR(64) NOT NULL, 
	connection_id VARCHAR(40) NOT NULL, 
	session_hash VARCHAR(64) NOT NULL, 
	verifier TEXT NOT NULL, 
	expires INTEGER NOT NULL, 
	PRIMARY KEY (hash)
);
CREATE TABLE effect (
	run_id INTEGER NOT NULL, 
	step VARCHAR(80) NOT NULL, 
	turn VARCHAR(40) NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	state SMALLINT NOT NULL, 
	attempt SMALLINT NOT NULL, 
	rerun SMALLINT NOT NULL, 
	at INTEGER NOT NULL, 
	connection VARCHAR(60) NOT NULL, 
	request BLOB NOT NULL, 
	PRIMARY KEY (run_id, step, turn)
)
 WITHOUT ROWID

;
CREATE TABLE event (
	id INTEGER NOT NULL, 
	source VARCHAR(200) NOT NULL, 
	type VARCHAR(200) NOT NULL, 
	subject VARCHAR(200) NOT NULL, 
	time INTEGER NOT NULL, 
	received INTEGER NOT NULL, 
	dedupe VARCHAR(300), 
	data BLOB NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE flow (
	id VARCHAR(80) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	group_name VARCHAR(200) NOT NULL, 
	description TEXT NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	live INTEGER, 
	draft TEXT NOT NULL, 
	starts BLOB NOT NULL, 
	steps INTEGER NOT NULL, 
	settings BLOB NOT NULL, 
	owner VARCHAR(40) NOT NULL, 
	created INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "flow" VALUES('hear','Hear','','',1,456252703010459648,'id: hear
name: Hear
trigger: [{use: core.webhook}]
do:
  - keep: {set: 1}
',X'5B5B22636F72652E776562686F6F6B222C2268656172225D5D',1,X'7B7D','owner',1795395042315536);
CREATE TABLE hook (
	name VARCHAR(80) NOT NULL, 
	key_hash VARCHAR(64) NOT NULL, 
	key_sealed TEXT NOT NULL, 
	secret_sealed TEXT, 
	created INTEGER NOT NULL, 
	PRIMARY KEY (name), 
	UNIQUE (key_hash)
);
INSERT INTO "hook" VALUES('hear','5b0f8430badf0e38b85e0471aee14c4771ec79f0a52f7ad419809bf74b955afe','5708216f.1X00QTkdLHoctFrkVMtQTnzojyrbibZiKwhL3isz0GMMw6oA4+Mr7bmClf0vsqun+HRbTUwukXaee3A/u7aU89qJNb4k9Cdz75i2xQ==',NULL,1795395042320468);
CREATE TABLE identity (
	issuer VARCHAR(300) NOT NULL, 
	subject VARCHAR(300) NOT NULL, 
	person_id VARCHAR(40) NOT NULL, 
	PRIMARY KEY (issuer, subject)
);
CREATE TABLE invitation (
	hash VARCHAR(64) NOT NULL, 
	email VARCHAR(254) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	roles BLOB NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	client VARCHAR(80), 
	invited_by VARCHAR(40) NOT NULL, 
	created INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	PRIMARY KEY (hash), 
	UNIQUE (email)
);
CREATE TABLE journal (
	run_id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	entries BLOB NOT NULL, 
	PRIMARY KEY (run_id, seq)
)
 WITHOUT ROWID

;
CREATE TABLE link (
	hash VARCHAR(64) NOT NULL, 
	purpose VARCHAR(20) NOT NULL, 
	person_id VARCHAR(40), 
	expires INTEGER NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (hash)
);
CREATE TABLE meta (
	name VARCHAR(40) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('installation','2601cbda4e220f60');
INSERT INTO "meta" VALUES('schema','1');
CREATE TABLE passkey (
	id VARCHAR(400) NOT NULL, 
	person_id VARCHAR(40) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	public_key BLOB NOT NULL, 
	count INTEGER NOT NULL, 
	created INTEGER NOT NULL, 
	used INTEGER, 
	PRIMARY KEY (id)
);
CREATE TABLE person (
	id VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	email VARCHAR(254), 
	team VARCHAR(100) NOT NULL, 
	client VARCHAR(80), 
	created INTEGER NOT NULL, 
	disabled INTEGER, 
	heir VARCHAR(40), 
	password VARCHAR(200), 
	totp TEXT, 
	totp_step INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (email)
);
INSERT INTO "person" VALUES('owner','Owner',NULL,'',NULL,1795395042292465,NULL,NULL,NULL,NULL,0);
CREATE TABLE person_role (
	person_id VARCHAR(40) NOT NULL, 
	role VARCHAR(60) NOT NULL, 
	PRIMARY KEY (person_id, role)
);
INSERT INTO "person_role" VALUES('owner','owner');
CREATE TABLE right_change (
	subject VARCHAR(60) NOT NULL, 
	resource VARCHAR(60) NOT NULL, 
	verb VARCHAR(40) NOT NULL, 
	scope VARCHAR(8), 
	PRIMARY KEY (subject, resource, verb)
);
CREATE TABLE root (
	name VARCHAR(40) NOT NULL, 
	sealed TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "root" VALUES('main','5708216f.1NF9RfeivGNQLaO9XmzGgnFYDFDWesaNXJK91fW5E5OeSu8rNdrUm3/ESfkfoOeOtmvk8qxzUNGdf5Wc2/M91zMdWHZ4x6Oi+X+sJgdzvlOeDilVKAefVQx7ZDIhjUJbB0iIv8pE4Zof3YZh');
CREATE TABLE run (
	id INTEGER NOT NULL, 
	flow_id VARCHAR(80) NOT NULL, 
	version_id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	state SMALLINT NOT NULL, 
	epoch INTEGER NOT NULL, 
	owner INTEGER, 
	due INTEGER, 
	ended INTEGER, 
	"key" VARCHAR(200), 
	step VARCHAR(80), 
	position BLOB, 
	fault BLOB, 
	awaits VARCHAR(170), 
	PRIMARY KEY (id)
);
CREATE TABLE schedule (
	flow_id VARCHAR(80) NOT NULL, 
	place INTEGER NOT NULL, 
	next INTEGER NOT NULL, 
	PRIMARY KEY (flow_id, place)
);
CREATE TABLE secret (
	connection_id VARCHAR(40) NOT NULL, 
	field VARCHAR(80) NOT NULL, 
	sealed TEXT NOT NULL, 
	tail VARCHAR(4) NOT NULL, 
	expires INTEGER, 
	changed INTEGER NOT NULL, 
	PRIMARY KEY (connection_id, field)
);
CREATE TABLE session (
	hash VARCHAR(64) NOT NULL, 
	person_id VARCHAR(40), 
	created INTEGER NOT NULL, 
	seen INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	authenticated INTEGER NOT NULL, 
	device VARCHAR(200) NOT NULL, 
	ip VARCHAR(45) NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (hash)
);
CREATE TABLE setting (
	name VARCHAR(40) NOT NULL, 
	value BLOB NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE sso_secret (
	id VARCHAR(80) NOT NULL, 
	sealed TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE token (
	hash VARCHAR(64) NOT NULL, 
	id VARCHAR(20) NOT NULL, 
	person_id VARCHAR(40) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	scopes BLOB NOT NULL, 
	console BOOLEAN NOT NULL, 
	created INTEGER NOT NULL, 
	expires INTEGER, 
	used INTEGER, 
	PRIMARY KEY (hash), 
	UNIQUE (id)
);
CREATE TABLE version (
	id INTEGER NOT NULL, 
	flow_id VARCHAR(80) NOT NULL, 
	number INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	starts BLOB NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	settings BLOB NOT NULL, 
	published INTEGER NOT NULL, 
	published_by VARCHAR(40) NOT NULL, 
	effects VARCHAR(80) NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (flow_id, number)
);
INSERT INTO "version" VALUES(456252703010459648,'hear',1,'id: hear
name: Hear
trigger: [{use: core.webhook}]
do:
  - keep: {set: 1}
',X'5B5B22636F72652E776562686F6F6B222C2268656172225D5D','7c623d32c22727004b3490e7042bec2cc03acc2cb42b067502ecc9dda25af9ed',X'7B7D',1795395042326584,'owner','read write notify money destructive','');
CREATE TABLE worker (
	id INTEGER NOT NULL, 
	pid INTEGER NOT NULL, 
	started INTEGER NOT NULL, 
	heartbeat INTEGER NOT NULL, 
	ended INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "worker" VALUES(1,20641,1795395042295558,1795395042295558,1795395042330901);
CREATE INDEX session_person ON session (person_id);
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_keeps_order BEFORE INSERT ON audit WHEN NEW.seq <= coalesce((SELECT max(seq) FROM audit), 0) BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE UNIQUE INDEX connection_alias ON connection (alias, coalesce(client, ''));
CREATE INDEX schedule_next ON schedule (next);
CREATE UNIQUE INDEX event_dedupe ON event (source, dedupe) WHERE dedupe IS NOT NULL;
CREATE INDEX run_of_flow ON run (flow_id, id);
CREATE INDEX run_due ON run (due) WHERE state IN (3);
CREATE INDEX run_ready ON run (id) WHERE state IN (1);
CREATE UNIQUE INDEX run_of_event ON run (event_id, flow_id);
CREATE INDEX run_awaits ON run (awaits) WHERE awaits IS NOT NULL;
CREATE INDEX run_owner ON run (owner) WHERE state IN (2);
CREATE INDEX run_trouble ON run (state) WHERE state IN (8, 4);
COMMIT;