/**
 * A first ferry.toml for an account with this name. Required values come first; optional values are comments. The file
 * is valid without changes, and works once accountId is right.
 */
export function exampleConfig(name: string): string {
  const variable = `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_PASSWORD`;
  return `# Configuration of Ferry. Every key is explained in docs/configuration.md; ferry doctor checks this file.
defaultAccount = "${name}"
sealKeyFile = "seal.key"                   # all workers need the same one; keep it secret

[accounts.${/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)}]
accountId = "12345678"                     # your account (site) at LivePerson
consumer = { mode = "signup", name = "ferry" }

# The file types and the size that LivePerson allows for your account:
files = { types = ["JPG", "JPEG", "PNG", "GIF"], maxBytes = 3000000 }

# Let Ferry look whether file sharing is on. With enableFileSharing = true it switches it on, for the WHOLE site.
# login = { username = "ops", passwordEnv = "${variable}" }
# enableFileSharing = false

# Where files may be read and written. Needed with a Temporal that others can reach, too.
# directories = { sources = ["/data/out"], targets = ["/data/in"] }
`;
}
