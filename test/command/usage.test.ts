import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { COMMAND, run } from './run.ts';

const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'));
const COMMANDS = ['doctor', 'rbac', 'emit'];

test('help is printed on standard output, for every command, even if other arguments are wrong', async () => {
  const overview = await run(['--help']);
  assert.equal(overview.status, 0);
  for (const name of COMMANDS) assert.match(overview.stdout, new RegExp(`^ +${name} +\\w`, 'm'));
  assert.deepEqual(await run(['-h']), overview);
  assert.deepEqual(await run(['help']), overview);
  for (const name of COMMANDS) {
    const help = await run([name, '--help']);
    assert.equal(help.status, 0);
    assert.equal(help.stderr, '');
    assert.match(help.stdout, new RegExp(`Usage: winston-kubernetes-events ${name} `));
    for (const args of [
      [name, '-h'],
      ['help', name],
      [name, '--nonsense', '--help'],
    ])
      assert.deepEqual(await run(args), help, args.join(' '));
    assert.deepEqual(await run([name, '--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
  }
});

test('the version is that of the package', async () => {
  assert.deepEqual(await run(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
});

const emit = ['emit', '--reason', 'Failed', '--regarding', 'deployment/web'];
const wrong: [string[], RegExp][] = [
  [[], /expected a command: doctor, rbac, emit\. See winston-kubernetes-events --help$/],
  [['docter'], /there is no command "docter", did you mean doctor\?/],
  [['foo'], /there is no command "foo" \(there are doctor, rbac, emit, help/],
  [['version'], /there is no command "version", did you mean --version\?/],
  [['help', 'rbak'], /there is no command "rbak", did you mean rbac\?/],
  [['--verion'], /there is no option "--verion", did you mean --version\?/],
  [['doctor', '--jsno'], /doctor: there is no option --jsno, did you mean --json\? See .* doctor --help$/],
  [['rbac', '--service-acount=web'], /there is no option --service-acount, did you mean --service-account\?/],
  [['rbac', '-x'], /rbac: there is no option -x/],
  [['doctor', '--json=yes'], /--json takes no value, got "yes"/],
  [['doctor', 'everything'], /"everything" is more than expected/],
  [['doctor', '--timeout', 'soon'], /--timeout: expected a whole number of milliseconds .*, got "soon"/],
  [['doctor', '--api', 'v2'], /--api: there is no "v2", did you mean v1\?/],
  [['doctor', '--namespace', 'Shop'], /--namespace: .* DNS-1123 label .* got "Shop"/],
  [['rbac', '--namespace'], /--namespace needs a value: --namespace N/],
  [['rbac', '--namespace', '--workload'], /--namespace needs a value.*--namespace=--workload/],
  [['rbac', '-n', 'a', '-n', 'b'], /-n is given more than once/],
  [['rbac', '--service-account', 'web'], /which namespace\? add --namespace N/],
  [['rbac', '-n', 'shop'], /which service account\? add --service-account S/],
  [['rbac', '-n', 'shop', '--service-account', 'a_b'], /DNS-1123 subdomain .* got "a_b"/],
  [['rbac', '-n', 'shop', '--service-account', 'a:b:c'], /expected NAME or NAMESPACE:NAME/],
  [
    ['rbac', '-n', 'a', '--service-account', 'b', '--lookup', 'deploymnets'],
    /--lookup: there is no built-in type "deploymnets", did you mean deployments\?/,
  ],
  [
    ['rbac', '-n', 'a', '--service-account', 'b', '--lookup', 'pods,'],
    /--lookup: expected types, such as cronjobs,deployments .* got ""/,
  ],
  [
    ['rbac', '-n', 'a', '--service-account', 'b', '--lookup', 'web.x_y'],
    /--lookup: expected types.* got "web\.x_y"/,
  ],
  [
    ['rbac', '-n', 'a', '--service-account', 'b', '--lookup', 'nodes'],
    /--lookup: nodes are in no namespace, so a Role cannot allow get on them; add --cluster/,
  ],
  [['rbac', '--cluster', '--service-account', 'web'], /which namespace\? add --namespace N/],
  [['rbac'], /which namespace and which service account\? add --namespace N and --service-account S\. See /],
  [['emit', 'disk is full'], /which reason\? add --reason R/],
  [['emit', '--reason', 'disk-full', 'x'], /UpperCamelCase .* got "disk-full", did you mean DiskFull\?/],
  [[...emit, '--type', 'Warn', 'x'], /--type: there is no "Warn", did you mean Warning|Normal/],
  [[...emit, '--annotation', 'run', 'x'], /--annotation: expected KEY=VALUE .* got "run"/],
  [[...emit, 'disk', 'is', 'full'], /"is" is more than expected; quote a MESSAGE of several words/],
  [[...emit], /which message\? add MESSAGE/],
  [[...emit, ' '], /MESSAGE is empty/],
];

for (const [args, expected] of wrong) {
  test(`one line explains the error in: ${args.join(' ')}`, async () => {
    const { status, stdout, stderr } = await run(args);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^winston-kubernetes-events.*\n$/);
    assert.match(stderr.trimEnd(), expected);
    assert.doesNotMatch(stderr, /\n\s+at |undefined/);
  });
}

test('control characters in text from outside do not reach the terminal', async () => {
  const { stderr } = await run(['emit', '--reason', '\u001b[31mred\u202e\r\nnext', 'x']);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: checks that there are none
  assert.doesNotMatch(stderr.trimEnd(), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
});

for (const variables of [{}, { KUBERNETES_EVENTS: 'cluster' }]) {
  test(`outside a cluster doctor and emit say so (${JSON.stringify(variables)})`, async () => {
    for (const args of [['doctor'], [...emit, 'x']]) {
      const { status, stdout, stderr } = await run(args, { env: variables });
      assert.equal(status, 1);
      assert.match(stdout + stderr, /not in a pod|Events cannot be sent to the cluster of this pod/);
    }
  });
}

test('which variable keeps doctor and emit from the cluster of the pod', async () => {
  const [host, port] = ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'];
  const inPod = { [host]: '10.0.0.1', [port]: '443' };
  const cases: [Record<string, string>, string, string[]?][] = [
    [{}, `this process is not in a pod (${host} and ${port} are not set), and there is no kubeconfig`],
    [{ [host]: '10.0.0.1' }, `not in a pod (${port} is not set), and there is no kubeconfig`],
    [{ [port]: '443', [host]: '' }, `not in a pod (${host} is not set), and there is no kubeconfig`],
    [
      { ...inPod, KUBERNETES_EVENTS: ' Kubeconfig' },
      'KUBERNETES_EVENTS=kubeconfig, and there is no kubeconfig',
    ],
    [inPod, '--context needs a kubeconfig, and there is none', ['--context', 'a']],
    [{ KUBERNETES_EVENTS: 'cluster' }, `${host} and ${port} are not set`],
    [{ KUBERNETES_EVENTS: 'cluster', [host]: 'a' }, `${port} is not set`],
    [{ ...inPod, [host]: 'a b' }, `${host}: expected a host, got "a b"`],
  ];
  for (const [env, expected, args = []] of cases) {
    const { stderr } = await run([...emit, 'x', ...args], { env });
    assert.ok(stderr.includes(expected), stderr);
    const { stdout } = await run(['doctor', ...args], { env });
    assert.ok(stdout.includes(expected), stdout);
  }
  const { stdout } = await run(['doctor'], { env: { KUBERNETES_EVENTS: 'console' } });
  assert.match(stdout, /KUBERNETES_EVENTS=console: the library writes no Events/);
  assert.doesNotMatch(stdout, /=kubeconfig/);
});

test('a reader that stops reading is not an error', async () => {
  const child = spawn(process.execPath, [COMMAND, 'doctor', '--help']);
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [status] = await once(child, 'close');
  assert.deepEqual([status, stderr], [0, '']);
});
