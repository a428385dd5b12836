import { expect, test } from "vitest";
import { splitStatements, wordsOf } from "./split-statements.ts";

test.each([
  ["SELECT 1", ["SELECT 1"]],
  ["SELECT 1;", ["SELECT 1"]],
  ["a; b ;c", ["a", " b ", "c"]],
  ["SELECT ';'; SELECT 2", ["SELECT ';'", " SELECT 2"]],
  ["SELECT 'it''s;'; x", ["SELECT 'it''s;'", " x"]],
  [String.raw`SELECT e'\';'; x`, [String.raw`SELECT e'\';'`, " x"]],
  ['SELECT 1 AS ";"; x', ['SELECT 1 AS ";"', " x"]],
  ["SELECT $$;$$; x", ["SELECT $$;$$", " x"]],
  ["SELECT $a$;$$;$a$; x", ["SELECT $a$;$$;$a$", " x"]],
  ["SELECT 1 -- ; no\n; x", ["SELECT 1 -- ; no\n", " x"]],
  ["SELECT 1; -- the end;", ["SELECT 1"]],
  ["/* ; /* ; */ ; */ a; b", ["/* ; /* ; */ ; */ a", " b"]],
  [";;;", []],
  ["-- nothing", []],
  ["SELECT '; x", ["SELECT '; x"]],
])("%j", (sql, pieces) => expect(splitStatements(sql)).toEqual(pieces));

test.each([
  ["select 1", "SELECT 1"],
  [" -- no\n/* /* no */ */set/* no */ a.b = 7", "SET A . B"],
  ["(VALUES (1))", "( VALUES ( 1"],
  ["/* nothing", ""],
])("%j begins with %s", (sql, words) => expect(wordsOf(sql)).toBe(words));
