import { endOf, isAt, isWordAt, type Span } from './characters.ts';

// Tokens that are recognized by their form: how the tokens of a vendor begin, and what follows.

/** The kinds of characters in tokens, as bits. */
const HEX = 1;
const LETTERS = 2;
const WORD = 4;
const BASE64 = 8;

const kinds = new Uint8Array(128);
for (const [characters, kind] of [
  ['0123456789abcdef', HEX],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', LETTERS | WORD | BASE64],
  ['-_', WORD | BASE64],
  ['+/=', BASE64],
] as const) {
  for (const character of characters) kinds[character.charCodeAt(0)]! |= kind;
}

/** The number of characters of one kind. If `most` is limited, no letter or digit follows them. */
interface Run {
  readonly kind: number;
  readonly least: number;
  readonly most: number;
}

const atLeast = (kind: number, least: number): Run => ({ kind, least, most: Number.POSITIVE_INFINITY });
const exactly = (kind: number, length: number): Run => ({ kind, least: length, most: length });
const hex = (length: number): Run => exactly(HEX, length);
const letters = (length: number): Run => exactly(LETTERS, length);

/**
 * An Event shows how a token begins. The body has an exact length if other names might begin in the same way. If the body is
 * an expression, its match still belongs to the beginning and is shown too; its lookahead checks the secret part. The source
 * is where the form is documented.
 */
export const tokens: readonly (readonly [
  vendor: string,
  begins: string,
  body: Run | RegExp,
  source: string,
])[] = [
  ['GitHub', 'gho_ ghp_ ghr_ ghs_ ghu_ github_pat_', atLeast(WORD, 20), 'GitHub docs'],
  ['GitLab', 'glpat- gldt- glrt- glrtr- glft- glffct- glsoat-', atLeast(WORD, 20), 'GitLab docs'],
  ['GitLab', 'glcbt- glptt- glimt- glagent- gloas- glwt- GR1348941', atLeast(WORD, 20), 'GitLab docs'],
  [
    'Slack',
    'xoxa- xoxb- xoxc- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-',
    /(?=[-\w.]{0,4}\d[-\w]{9})/y,
    'Slack docs',
  ],
  ['Slack', 'xoxe.xox hooks.slack.com/', /(?:[bp]-|services\/|workflows\/|triggers\/)(?=\w)/y, 'Slack docs'],
  ['Discord', 'discord.com/api/ discordapp.com/api/', /webhooks\/\d{1,20}\/(?=\w)/y, 'Discord docs'],
  [
    'Microsoft Teams',
    'webhook.office.com/',
    /webhookb2\/[-\w@]{1,160}\/IncomingWebhook\/(?=\w)/y,
    'gitleaks',
  ],
  ['Zapier', 'hooks.zapier.com/hooks/', /catch\/(?=[-\w/]{8})/y, 'trufflehog'],
  ['Stripe', 'sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_', atLeast(LETTERS, 16), 'Stripe docs'],
  ['Webhooks', 'whsec_', atLeast(BASE64, 16), 'Standard Webhooks'],
  ['Google', 'ya29. GOCSPX-', /(?=[-\w.]{20})/y, 'Google docs'],
  ['Google', 'AIza', atLeast(WORD, 35), 'gitleaks'],
  ['AWS', 'AKIA ASIA ABIA ACCA', /(?=[A-Z0-9]{16}(?![A-Za-z0-9]))/y, 'AWS docs'],
  ['AWS', 'A3T', /(?=[A-Z0-9]{17}(?![A-Za-z0-9]))/y, 'gitleaks'],
  ['AWS', 'ABSK', atLeast(BASE64, 60), 'gitleaks'],
  ['npm', 'npm_', atLeast(LETTERS, 36), 'npm docs'],
  ['PyPI', 'pypi-', /(?=AgE[-\w]{20})/y, 'PyPI docs'],
  ['RubyGems', 'rubygems_', atLeast(HEX, 32), 'gitleaks'],
  ['NuGet', 'oy2', letters(43), 'NuGet docs'],
  ['Clojars', 'CLOJARS_', letters(60), 'gitleaks'],
  ['Docker', 'dckr_pat_ dckr_oat_', atLeast(WORD, 20), 'trufflehog'],
  ['DigitalOcean', 'doo_v1_ dop_v1_ dor_v1_', atLeast(HEX, 32), 'gitleaks'],
  ['SendGrid', 'SG.', /(?=[-\w]{16,64}\.[-\w]{16})/y, 'SendGrid docs'],
  ['HashiCorp Vault', 'hvb. hvr. hvs.', atLeast(WORD, 20), 'Vault docs'],
  ['Shopify', 'shpat_ shpca_ shppa_ shpss_', /(?=[0-9A-Fa-f]{32})/y, 'Shopify docs'],
  ['Hugging Face', 'hf_ api_org_', letters(34), 'gitleaks'],
  ['Grafana', 'glsa_ glc_', atLeast(BASE64, 20), 'Grafana docs'],
  ['Sentry', 'sntrys_ sntryu_', atLeast(BASE64, 20), 'gitleaks'],
  ['Twilio', 'SK', hex(32), 'Twilio docs'],
  ['age', 'AGE-SECRET-KEY-', atLeast(LETTERS, 20), 'age docs'],
  ['OpenAI', 'sk-', /(?=(?:proj|svcacct|admin)-[-\w]{20})/y, 'gitleaks'],
  ['Anthropic', 'sk-', /(?=ant-[a-z]{3,8}\d\d-[-\w]{20})/y, 'gitleaks'],
  // and similar vendors; the long run without a dash tells a key from the name of a resource
  ['OpenRouter', 'sk-', /(?=[-A-Z_]{0,80}\d)(?=(?:[A-Z0-9]{1,12}-){0,3}[A-Z0-9_]{16})/iy, 'trufflehog'],
  ['Groq', 'gsk_', atLeast(LETTERS, 48), 'secretlint'],
  ['xAI', 'xai-', exactly(WORD, 80), 'trufflehog'],
  ['Perplexity', 'pplx-', atLeast(LETTERS, 48), 'gitleaks'],
  ['Replicate', 'r8_', exactly(WORD, 37), 'trufflehog'],
  ['NVIDIA', 'nvapi-', atLeast(WORD, 60), 'trufflehog'],
  ['LangSmith', 'lsv2_pt_ lsv2_sk_', /(?=[0-9a-f]{32}_[0-9a-f]{10}(?!\w))/y, 'trufflehog'],
  ['Pinecone', 'pcsk_', atLeast(WORD, 50), 'trufflehog'],
  ['Notion', 'ntn_', letters(46), 'gitleaks'],
  ['Notion', 'secret_', letters(43), 'trufflehog'],
  ['Linear', 'lin_api_ lin_oauth_', atLeast(LETTERS, 40), 'gitleaks'],
  ['Figma', 'figd_ figo_ figp_ figu_', atLeast(WORD, 40), 'trufflehog'],
  ['Vercel', 'vca_ vci_ vck_ vcp_ vcr_', { kind: LETTERS, least: 20, most: 60 }, 'secretlint'],
  ['Netlify', 'nfp_', letters(40), 'Netlify docs'],
  ['Airtable', 'pat', /(?=[A-Za-z0-9]{14}\.[0-9a-f]{64}(?!\w))/y, 'Airtable docs'],
  ['Airtable', 'oaa', /(?=[A-Za-z0-9]{14}\.v\d\.[-\w+/=]{20})/y, 'trufflehog'],
  ['Databricks', 'dapi', /(?=[0-9a-f]{32}(?:-\d)?(?![-\w]))/y, 'gitleaks'],
  ['New Relic', 'NRAK- NRRA-', letters(27), 'gitleaks'],
  ['New Relic', 'NRII-', exactly(WORD, 32), 'gitleaks'],
  ['New Relic', 'NRIQ-', exactly(WORD, 25), 'trufflehog'],
  ['New Relic', 'NRJS-', hex(19), 'gitleaks'],
  ['PlanetScale', 'pscale_tkn_ pscale_oauth_ pscale_pw_', atLeast(BASE64, 32), 'gitleaks'],
  ['Neon', 'napi_', atLeast(LETTERS, 40), 'Neon docs'],
  ['Neon', 'npg_', atLeast(LETTERS, 12), 'Neon docs'],
  ['Supabase', 'sbp_ sbp_oauth_ sbp_v0_', hex(40), 'Supabase CLI'],
  ['Supabase', 'sb_secret_', atLeast(WORD, 20), 'Supabase docs'],
  [
    'Doppler',
    'dp.',
    /(?:ct|pt|sa|said|scim|audit|st(?:\.[-\w]{2,35})?)\.(?=[A-Za-z0-9]{40})/y,
    'Doppler docs',
  ],
  ['Pulumi', 'pul-', hex(40), 'gitleaks'],
  ['Terraform', 'atlasv1.', atLeast(BASE64, 60), 'gitleaks'],
  ['Infracost', 'ico-', letters(32), 'gitleaks'],
  ['Fly.io', 'fo1_ fm1a_ fm1r_ fm2_', atLeast(BASE64, 43), 'gitleaks'],
  ['Heroku', 'HRKU-', atLeast(WORD, 60), 'gitleaks'],
  ['Cloudflare', 'cfk_ cfut_ cfat_', letters(48), 'Cloudflare docs'],
  ['Cloudflare', 'v1.0-', /(?=[0-9a-z]{24}-[0-9a-f]{146})/y, 'gitleaks'],
  ['Tailscale', 'tskey-', /[a-z]{1,20}-(?=[A-Za-z0-9]{1,40}-[A-Za-z0-9]{16})/y, 'Tailscale docs'],
  ['Atlassian', 'ATATT3 ATCTT3', atLeast(BASE64, 60), 'gitleaks'],
  ['Bitbucket', 'ATBB', atLeast(LETTERS, 28), 'trufflehog'],
  ['Bitbucket', 'BBDC-', /(?=M[A-Za-z0-9+/]{43,48}(?![\w+/]))/y, 'trufflehog'],
  ['Postman', 'PMAK-', exactly(WORD, 59), 'gitleaks'],
  ['1Password', 'ops_', /(?=eyJ[-\w+/]{40})/y, 'gitleaks'],
  ['1Password', 'A3-', /(?=[A-Z0-9]{6}-[A-Z0-9]{6}-?[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3})/y, 'gitleaks'],
  ['Meta', 'EAA', atLeast(LETTERS, 80), 'gitleaks'],
  ['Square', 'EAAA', /(?=[A-Z_-]{0,40}\d)(?=[-\w]{40,60}(?![-\w=+/]))/iy, 'gitleaks'],
  ['Square', 'sq0', /[a-z]{3}-(?=[-\w\\]{22})/y, 'gitleaks'],
  ['Mailgun', 'key-', /(?=[0-9a-z]{32}(?!\w))/y, 'gitleaks'],
  ['Brevo', 'xkeysib- xsmtpsib-', /(?=[0-9a-f]{64}-[A-Za-z0-9]{16})/y, 'gitleaks'],
  ['Resend', 're_', /(?=[A-Za-z0-9]{8}_[A-Za-z0-9]{20,40}(?!\w))/y, 'Resend docs'],
  ['Alibaba', 'LTAI', letters(20), 'gitleaks'],
  ['Yandex', 'AQVN', { kind: WORD, least: 35, most: 38 }, 'gitleaks'],
  ['Dynatrace', 'dt0c01. dt0s16.', /(?=[A-Za-z0-9]{24}\.[A-Za-z0-9]{64})/y, 'gitleaks'],
  ['PostHog', 'phx_ phs_', atLeast(LETTERS, 40), 'trufflehog'],
  ['Sourcegraph', 'sgp_ slk_', /(?:[0-9A-Fa-f]{16}_|local_)?(?=[0-9A-Fa-f]{40})/y, 'gitleaks'],
  ['SonarQube', 'squ_ sqp_ sqa_', hex(40), 'SonarQube docs'],
  [
    'LaunchDarkly',
    'sdk- api- mob-',
    /(?=[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}(?!\w))/y,
    'LaunchDarkly docs',
  ],
  ['HubSpot', 'pat-na1- pat-eu1-', exactly(WORD, 36), 'HubSpot docs'],
  ['Octopus Deploy', 'API-', /(?=[A-Z0-9]{26}(?!\w))/y, 'gitleaks'],
  ['CircleCI', 'CCIPAT_ CCIPRJ_', /(?=[A-Za-z0-9]{22}_[0-9a-f]{40})/y, 'trufflehog'],
  ['Buildkite', 'bkua_', /(?=[0-9a-z]{40}(?!\w))/y, 'trufflehog'],
  ['Harness', 'pat. sat.', /(?=[-\w]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}(?!\w))/y, 'gitleaks'],
  ['OpenShift', 'sha256~', exactly(WORD, 43), 'gitleaks'],
  ['Artifactory', 'AKCp', letters(69), 'gitleaks'],
  ['Artifactory', 'cmVmd', letters(59), 'gitleaks'],
  ['Prefect', 'pnu_ pnb_', letters(36), 'gitleaks'],
  ['ReadMe', 'rdme_', letters(70), 'gitleaks'],
  ['Typeform', 'tfp_', atLeast(BASE64, 40), 'gitleaks'],
  ['Contentful', 'CFPAT-', exactly(WORD, 43), 'trufflehog'],
  ['Apify', 'apify_api_', letters(36), 'trufflehog'],
  ['Dropbox', 'sl.', atLeast(WORD, 130), 'gitleaks'],
  ['Adobe', 'p8e-', letters(32), 'gitleaks'],
  ['Frame.io', 'fio-u-', exactly(BASE64, 64), 'gitleaks'],
  ['Scalingo', 'tk-us-', exactly(WORD, 48), 'gitleaks'],
  ['SettleMint', 'sm_aat_ sm_pat_ sm_sat_', letters(16), 'gitleaks'],
  ['Rootly', 'rootly_', hex(64), 'trufflehog'],
  ['pganalyze', 'pgar_', exactly(WORD, 27), 'trufflehog'],
  ['Alchemy', 'alcht_', letters(30), 'trufflehog'],
  ['Shippo', 'shippo_live_ shippo_test_', hex(40), 'gitleaks'],
  ['EasyPost', 'EZAK EZTK', letters(54), 'gitleaks'],
  ['Duffel', 'duffel_live_ duffel_test_', exactly(BASE64, 43), 'gitleaks'],
  ['Lob', 'live_ test_', hex(35), 'gitleaks'],
  ['Flutterwave', 'FLWSECK- FLWSECK_TEST-', /(?=[0-9a-z]{12})/y, 'gitleaks'],
  ['Razorpay', 'rzp_live_', letters(14), 'trufflehog'],
  ['Ramp', 'ramp_id_ ramp_sec_', atLeast(LETTERS, 40), 'trufflehog'],
  ['Portainer', 'ptr_', atLeast(BASE64, 36), 'trufflehog'],
  // only at the start of a word; otherwise as much text would have to be checked after each dash of a longer word
  [
    'JSON web tokens',
    'eyJ',
    /(?<=(?:(?<![-\w])|(?<=\\[nrt]|%[0-9A-Fa-f]{2}))eyJ)(?=[-\w]{8,}\.[-\w]{4})/y,
    'RFC 7519',
  ],
  // `"username`, `"auths":` in base64
  ['Container registries', 'eyJ', /(?=1c2VybmFt|hdXRocyI6)/y, 'Docker docs'],
  // in base64: `eyJ`; `Authorization: `, `Bearer `, `Basic ` and the same in small letters
  ['Tokens in base64', 'ZXlK', atLeast(BASE64, 40), 'gitleaks'],
  ['Headers in base64', 'QXV0aG9yaXphdGlvbj YXV0aG9yaXphdGlvbj', atLeast(BASE64, 8), 'RFC 9110'],
  ['Headers in base64', 'QmVhcmVyI YmVhcmVyI QmFzaWMg YmFzaWMg', atLeast(BASE64, 8), 'RFC 9110'],
  // a private key, but not a certificate
  ['Private keys in base64', 'LS0tLS1CRUdJTiB', /(?!DRVJU)(?=[\w+/]{20})/y, 'RFC 7468'],
];

/** Lists of the tokens that begin with the same two characters, and the number of the list: 0 for most words, no list. */
const lists: (readonly [beginning: string, body: Run | RegExp])[][] = [[]];
const listOf = new Uint8Array(1 << 14);
for (const [, beginnings, body] of tokens) {
  for (const beginning of beginnings.split(' ')) {
    const key = keyAt(beginning, 0);
    if (listOf[key] === 0) listOf[key] = lists.push([]) - 1;
    lists[listOf[key]!]!.push([beginning, body]);
  }
}

/** The beginnings of tokens that contain digits. With other digits, a text with such a beginning may contain a token. */
export const suspectBeginning: RegExp = new RegExp(
  tokens
    .flatMap(([, beginnings]) => beginnings.split(' '))
    .filter((beginning) => /\d|eyJ/.test(beginning))
    .map((beginning) => beginning.replace('.', '\\.').replace(/\d/g, '\\d'))
    .join('|'),
);

function keyAt(text: string, at: number): number {
  return ((text.charCodeAt(at) & 0x7f) << 7) | (text.charCodeAt(at + 1) & 0x7f);
}

/** The secret part of a token that begins at a position. */
export function tokenSpan(text: string, at: number): Span | undefined {
  const list = listOf[keyAt(text, at)]!;
  return list === 0 ? undefined : listedSpan(text, at, list);
}

function listedSpan(text: string, at: number, list: number): Span | undefined {
  for (const [beginning, body] of lists[list]!) {
    const start = text.startsWith(beginning, at) ? bodyStart(text, at + beginning.length, body) : -1;
    if (start !== -1) return { start, end: endOf(tokenHere, text, start) };
  }
  return undefined;
}

/** Where the secret begins, if what stands at a position is the body of a token; else -1. */
function bodyStart(text: string, at: number, body: Run | RegExp): number {
  if (body instanceof RegExp) return isAt(body, text, at) ? body.lastIndex : -1;
  const { kind, least, most } = body;
  const limit = most === Number.POSITIVE_INFINITY ? least : most;
  let end = at;
  while (end - at < limit && (kinds[text.charCodeAt(end)]! & kind) !== 0) end += 1;
  if (end - at < least) return -1;
  const goesOn = end - at === most && ((kinds[text.charCodeAt(end)] ?? 0) & kind) !== 0;
  return most !== Number.POSITIVE_INFINITY && (goesOn || isWordAt(text, end)) ? -1 : at;
}

/** Tokens that are recognized only by the form of the whole word. */
export const forms: readonly (readonly [vendor: string, form: string, source: string])[] = [
  ['Mailchimp', '[0-9a-f]{32}-us\\d{1,2}', 'detect-secrets'],
  ['Mailgun', '[0-9a-f]{32}(?:-[0-9a-f]{8}){2}', 'gitleaks'],
  ['MaxMind', '[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk', 'gitleaks'],
  ['New Relic', '[0-9a-z]{32}FFFFNRAL|[0-9A-Za-z]{42}-NRMA', 'trufflehog'],
  ['Discord', '(?=[^.]{0,30}\\d)[A-Z][-\\w]{22,27}\\.[-\\w]{6}\\.[-\\w]{27,38}', 'detect-secrets'],
  ['Azure AD', '[\\w.~]{3}\\dQ~[-\\w.~]{31,34}', 'gitleaks'],
  ['HashiCorp Vault', 's\\.(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{24}', 'gitleaks'],
  ['Telegram', '(?<=(?<!\\d)\\d{8,10}:)A[-\\w]{34}', 'gitleaks'],
  ['Meta', '(?<=(?<!\\d)\\d{15,16}\\|)[-\\w]{27}', 'gitleaks'],
];
const formHere = new RegExp(`(?:${forms.map(([, form]) => form).join('|')})(?![-\\w])`, 'y');
const tokenHere = /[-\w+/=~]+(?:\.[-\w+/=~]{2,})*/y;

/** Shorter words are not checked. The shortest known token is the id of an access key of AWS. */
export const SHORTEST_TOKEN = 20;
const SHORTEST_FORM = 26;

/** The span of a word that is recognized as a token by the form of the whole word. */
export function formSpan(text: string, start: number, end: number): Span | undefined {
  return end - start >= SHORTEST_FORM && isAt(formHere, text, start)
    ? { start, end: formHere.lastIndex }
    : undefined;
}
