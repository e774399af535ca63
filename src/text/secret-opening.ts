// What stands right before a secret: a key and its separator, `scheme://user:`, the known prefix of a token.

// Every spelling ends in one of these (`DB_PASSWORD`, `x-api-key`, `clientSecret`), so only the end of a name is
// compared. Plurals are left out: `tokens: 512` and `max_tokens=4096` are counts.
const secretName = `(?:${[
  'pass(?:word|wd|phrase|code)',
  'pwd',
  '(?<!by|com|sur|tres|im|er)pass',
  'secret',
  '(?<!(?:unexpected|illegal) )token',
  '(?:access|account|api|app|auth|client|deploy|encryption|functions|hmac|master|private|secret|service|session' +
    '|shared|signing|ssh|storage|subscription|webhook)[-_ .]?key',
  'secret[-_]?(?:id|key[-_]?base)',
  'client-key-data',
  'credentials?',
  'authorization',
  'cookie',
  '[_"\']auth', // .npmrc, the configuration of Docker
  'jsessionid|phpsessid|connect\\.sid',
  '[?&;](?:x-(?:amz|goog)-)?sig(?:nature)?',
  '[?&]auth',
].join('|')})`;

// `password2=`, `PASSWORD_B64=`, and how Kubernetes lists variables: {"name":"DB_PASSWORD","value":"…"}.
const nameSuffix = `(?:_?\\d{1,2}|_b(?:ase)?64)?(?:[\\\\"']{0,4}[\\s,]{1,16}[\\\\"']{0,4}value)?`;

// Tokens count at the start of a word only; in `\nghp_…` and `%3Dghp_…` the n and the D are no letters before it.
const wordStart = '(?:(?<![a-z0-9])|(?<=\\\\[nrt]|%[0-9a-f]{2}))';

// `%3D`, and `%253D` where an address is part of another one.
export const encoded: string = '%(?:25){0,3}';

// [prefix, how the secret begins]: the prefix ends in the dash, underscore or dot that starts the search.
const tokens: readonly (readonly [prefix: string, body: string])[] = [
  ['gh[oprsu]_|github_pat_', '[a-z0-9_]{20}'], // GitHub
  ['gl(?:pat|dt|rt|rtr|ft|soat|cbt|ptt|imt|agent|oas|wt|ffct)-', '[-\\w]{20}'], // GitLab
  ['xox[abceoprs][-.]|xapp-', '[-\\w.]{0,4}[0-9][-\\w]{9}'], // Slack
  ['[rs]k_(?:live|test)_|whsec_', '[a-z0-9+/]{16}'], // Stripe
  ['ya29\\.|gocspx-', '[-\\w.]{20}'], // Google
  ['npm_', '[a-z0-9]{36}'],
  ['pypi-', 'agei[-\\w]{20}'],
  ['rubygems_', '[0-9a-f]{32}'],
  ['dckr_[op]at_', '[-\\w]{20}'], // Docker Hub
  ['do[opr]_v1_', '[0-9a-f]{32}'], // DigitalOcean
  ['sg\\.', '[-\\w]{16,64}\\.[-\\w]{16}'], // SendGrid
  ['hv[brs]\\.', '[-\\w]{20}'], // Vault
  ['shp(?:at|ca|pa|ss)_', '[0-9a-f]{32}'], // Shopify
  ['hf_', '[a-z0-9]{30}'], // Hugging Face
  ['gl(?:sa|c)_', '[-\\w]{20}'], // Grafana
  ['sntry[su]_', '[-\\w]{20}'], // Sentry
  ['age-secret-key-', '1[a-z0-9]{20}'],
  // OpenAI, Anthropic and others alike; the long run without a dash tells a key from the name of a resource
  ['sk-', '(?:[a-z0-9]{1,12}-){0,3}[a-z0-9_]{16}'],
];

// Up to the last @ of the authority, else (a slash in the password not escaped) up to the first @.
export const userInfo: string = '(?:[^\\s/?#"\'<>`\\\\]+(?=@)|(?:(?!\\/\\\\?\\/)[^\\s"\'<>`])+?(?=@))';

/** What stands before a secret; the named groups tell the kinds apart. */
export const opening: RegExp = new RegExp(
  [
    // scheme://user:password@host, but `:8080/` is a port rather than a password
    `(?<userInfo>:)(?<=\\/\\\\?\\/[^\\s\\/:@"'[]*:)(?!\\d{1,5}[/?#,\\s])(?=${userInfo})`,
    // scheme://token@host
    '(?<user>\\/\\/)(?=[-\\w]{20,}@)',
    // name=value, name: value, "name":"value"; name%3Dvalue
    `(?<separator>=|:(?!:|\\/\\/)|${encoded}3[ad])(?<=(?<before>["'/]?)[-\\w]{0,40}?(?<name>${secretName})${nameSuffix}` +
      `(?:[\\\\"'\`\\])]{0,8}[ \\t]{0,4}[:=]|(?:${encoded}22)?${encoded}3[ad]))`,
    `(?<encodedUser>${encoded}3a)(?<=${encoded}2f${encoded}2f[-\\w.+]{0,64}${encoded}3a)(?!\\d{1,5}${encoded}(?:2[3cf]|3f))`,
    `(?<element>>)(?<=<[-\\w:.]{0,40}${secretName}>)`,
    // --name value, and the same as two elements of a list
    `(?<flag>(?<![-\\w])--?[-\\w]{0,40}?${secretName}(?:[ \\t]+|["'],[ \\t]*))`,
    // Authorization values without their header
    '(?<scheme>\\bb(?:earer|asic)[ \\t]+)',
    // SQL: PASSWORD '…', IDENTIFIED BY '…'
    `(?<sql>')(?<=(?:password|identified by)[ \\t]{1,4}')`,
    // user:password@tcp(host:3306)/database, as Go's MySQL driver has it; jdbc:oracle:thin:user/password@host
    '(?<untilAt>:(?=[^\\s:@/]{1,256}@(?:tcp|unix)\\()|:(?<=jdbc:oracle:\\w{1,8}:)[^\\s/:@]{1,128}\\/(?=[^\\s@]{1,256}@))',
    // tokens with a known prefix
    `[-_.](?<=${wordStart}(?:${tokens.map(([prefix]) => prefix).join('|')}))` +
      `(?:${tokens.map(([prefix, body]) => `(?<=${prefix})(?=${body})`).join('|')})`,
    // known beginnings without a separator: JWT and the login of a container registry, AWS, Google, Twilio
    `j(?<=(?:(?<![-\\w])|(?<=\\\\[nrt]|%[0-9a-f]{2}))eyj)(?=[-\\w]{8,}\\.[-\\w]{4}|1c2vybmft|hdxrocyi6)`,
    `ia(?<=${wordStart}a[ks]ia)(?=[a-z0-9]{16}(?![a-z0-9]))`,
    `za(?<=${wordStart}aiza)(?=[-\\w]{35})`,
    `k(?<=${wordStart}sk)(?=[0-9a-f]{32}(?![a-z0-9]))`,
    '1348941(?<=gr1348941)(?=[-\\w]{20})', // GitLab runner
    // a private key in base64, but not a certificate
    'jtib(?<=ls0tls1crudjtib)(?!drvju)(?=[\\w+/]{20})',
    // webhooks: the rest of the address is the credential
    '(?<path>hooks\\.slack\\.com\\/(?:services|workflows|triggers)\\/|discord(?:app)?\\.com\\/api\\/webhooks\\/\\d{1,20}\\/)',
    '(?<pem>-{4,5} ?begin [a-z0-9 ]{0,40}private key(?: block)? ?-{4,5})(?=\\s*\\n|\\\\+[nr]|[ \\t]*[a-z0-9+/]{16})',
  ].join('|'),
  'gi',
);
