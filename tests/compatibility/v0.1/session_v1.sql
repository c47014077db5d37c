-- A list of photos that FashionLens wrote before it knew attributes (version 1), dumped as SQL.
PRAGMA application_id = 1179407153;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE corrections (
    step INTEGER NOT NULL REFERENCES steps,
    photo INTEGER NOT NULL REFERENCES photos,
    said_before TEXT NOT NULL,             -- the row's category before, whoever said it
    user_category_before TEXT,             -- NULL: the model's word stood
    PRIMARY KEY (step, photo)
) WITHOUT ROWID;
INSERT INTO "corrections" VALUES(1,1,'Dress',NULL);
INSERT INTO "corrections" VALUES(1,2,'Bag',NULL);
INSERT INTO "corrections" VALUES(2,2,'Skirt','Skirt');
INSERT INTO "corrections" VALUES(3,3,'',NULL);
INSERT INTO "corrections" VALUES(4,6,'Hat',NULL);
CREATE TABLE drops (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    paths BLOB NOT NULL,                   -- the system's bytes, separated by NUL
    begun TEXT NOT NULL,
    finished TEXT
);
INSERT INTO "drops" VALUES(1,X'2F70686F746F732F6D6F7265','2026-11-25T02:35:45+00:00',NULL);
CREATE TABLE label_sets (
    id INTEGER PRIMARY KEY,
    labels TEXT NOT NULL UNIQUE            -- JSON list
);
INSERT INTO "label_sets" VALUES(1,'["Bag", "Coat", "Dress"]');
INSERT INTO "label_sets" VALUES(2,'["Hat"]');
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,                -- order of the rows
    path BLOB NOT NULL UNIQUE,             -- the system's bytes: a name need not be valid Unicode
    file TEXT NOT NULL,                    -- name for people
    digest TEXT NOT NULL,                  -- of the file's bytes, '' when unreadable
    category TEXT NOT NULL,
    confidence REAL,
    second_category TEXT NOT NULL,
    second_confidence REAL,
    status TEXT NOT NULL CHECK (status IN ('ok', 'needs review', 'error')),
    message TEXT NOT NULL,
    label_set INTEGER REFERENCES label_sets,
    ranking BLOB,                          -- K uint16 numbers of labels, then K float32 probabilities, little-endian
    model TEXT NOT NULL,
    tagged_at TEXT NOT NULL,               -- ISO 8601, UTC, as all times here
    user_category TEXT
);
INSERT INTO "photos" VALUES(1,X'2F70686F746F732F612E6A7067','a.jpg','digest of a.jpg','Dress',0.75,'Coat',0.1875,'ok','',1,X'0200010000000000403F0000403E0000803D','model 1','2026-11-25T02:35:45+00:00','Skirt');
INSERT INTO "photos" VALUES(2,X'2F70686F746F732F73686F702F622E6A7067','shop/b.jpg','digest of shop/b.jpg','Bag',0.40625,'Coat',0.375,'needs review','Unsure: could also be Coat.',1,X'0000010002000000D03E0000C03E0000603E','model 1','2026-11-25T02:35:45+00:00','Scarf');
INSERT INTO "photos" VALUES(3,X'2F70686F746F732F632E6A7067','c.jpg','','',NULL,'',NULL,'error','c.jpg is empty.',NULL,NULL,'model 1','2026-11-25T02:35:45+00:00',NULL);
INSERT INTO "photos" VALUES(4,X'2F70686F746F732F736D616C6C2E6A7067','small.jpg','d','Dress',0.4375,'Coat',0.3125,'needs review','Only 20 × 28 pixels. Too small to trust. Unsure: could also be Coat.',1,X'0200010000000000E03E0000A03E0000803E','model 1','2026-11-25T02:35:45+00:00',NULL);
INSERT INTO "photos" VALUES(5,X'2F70686F746F732F636166E92E6A7067','caf\xe9.jpg','e','Dress',0.75,'Coat',0.125,'ok','',1,X'0200010000000000403F0000003E0000003E','model 1','2026-11-25T02:35:45+00:00',NULL);
INSERT INTO "photos" VALUES(6,X'2F70686F746F732F662E6A7067','f.jpg','digest of f.jpg','Hat',1.0,'',NULL,'ok','',2,X'00000000803F','model 1','2026-11-25T02:35:45+00:00',NULL);
CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    category TEXT NOT NULL,
    who TEXT NOT NULL,
    made_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'superseded')),
    changed_at TEXT                        -- when it was last undone or redone
);
INSERT INTO "steps" VALUES(1,'Skirt','Ada','2026-11-25T02:35:45+00:00','done',NULL);
INSERT INTO "steps" VALUES(2,'Scarf','Ada','2026-11-25T02:35:45+00:00','done',NULL);
INSERT INTO "steps" VALUES(3,'Belt','Ada','2026-11-25T02:35:45+00:00','undone','2026-11-25T02:35:45+00:00');
INSERT INTO "steps" VALUES(4,'Cap','Ada','2026-11-25T02:35:45+00:00','undone','2026-11-25T02:35:45+00:00');
CREATE INDEX corrections_by_photo ON corrections (photo);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('steps',4);
INSERT INTO "sqlite_sequence" VALUES('drops',1);
COMMIT;
