import { expect, test } from "vitest";
import { signedIn } from "../../testing/login-world.ts";

test("rat whoami says who, how and where", async () => {
  await using world = await signedIn();
  const { stdout } = await world.rat("whoami");
  expect(`\n${stdout.replaceAll(world.ratd.address, "http://ratd")}`).toMatchInlineSnapshot(`
    "
    User      alice
    E-mail    alice@example.com
    Roles     admin
    Scopes    self
    Mode      plugin: signed in
    Known by  context 127.0.0.1
    Context   127.0.0.1
    Address   http://ratd
    "
  `);
  expect(JSON.parse((await world.rat("whoami", "-o", "json")).stdout)).toMatchObject({
    user_id: "alice",
    auth_mode: "plugin",
    key_id: null,
    context: "127.0.0.1",
    known_by: "context 127.0.0.1",
    address: world.ratd.address,
  });
});
