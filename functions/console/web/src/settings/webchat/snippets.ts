/** What is pasted, and how an identity is proved, in the languages of the servers that people have. */
export const PLATFORMS = ["html", "wordpress", "shopify", "wix", "squarespace"] as const;
export type Platform = (typeof PLATFORMS)[number];
/** Steps of each way, as the catalogue counts them. */
export const STEPS: Record<Platform, number> = { html: 2, wordpress: 3, shopify: 3, wix: 3, squarespace: 3 };

export const SERVERS = ["node", "php", "python"] as const;
export type Server = (typeof SERVERS)[number];

export const HASH: Record<Server, string> = {
  node: `import { createHmac } from "node:crypto";

const hash = createHmac("sha256", process.env.COLIBRI_SECRET)
  .update(String(user.id))
  .digest("hex");`,
  php: `$hash = hash_hmac('sha256', (string) $user->id, getenv('COLIBRI_SECRET'));`,
  python: `import hashlib, hmac, os

hash = hmac.new(
    os.environ["COLIBRI_SECRET"].encode(),
    str(user.id).encode(),
    hashlib.sha256,
).hexdigest()`,
};

export const IDENTITY = `<script>
  window.colibriSettings = {
    identity: { id: "USER_ID", hash: "HASH", name: "NAME", email: "EMAIL" }
  };
</script>`;
