// An operator that watches Deployments through an informer. It records Events about Deployments whose images may change
// without notice. It uses no winston, because an EventRecorder needs no log.
import { AppsV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';
import { EventRecorder } from 'winston-kubernetes-events';

const RESTART_MS = 5_000;
const namespace = process.env.WATCH_NAMESPACE ?? 'default';

// In a pod, this uses the service account, and on a laptop the kubeconfig, for both the informer and the Events.
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const recorder = new EventRecorder({ component: 'image-policy', kubeConfig });
recorder.on('warn', (error) => console.error(`${error.code}: ${error.message}`));

/** The last findings, by uid. A Deployment is updated at every step of a rollout, and each finding is reported only once. */
const findings = new Map();

/** `nginx` and `nginx:latest` change with the next push. A version or a digest does not. */
const isPinned = ({ image = '' }) => image.includes('@sha256:') || /:(?!latest$)[^/:]+$/.test(image);

function reconcile(deployment) {
  const { uid, name } = deployment.metadata;
  const loose = deployment.spec.template.spec.containers.filter((container) => !isPinned(container));
  const problems = loose.map(({ name, image }) => `container ${name}: ${image} has no version`);
  const [before, finding] = [findings.get(uid), problems.join()];
  if (before === finding) return;
  findings.set(uid, finding);
  for (const problem of problems) {
    recorder.warning(deployment, 'ImageNotPinned', problem, { action: 'Checking' });
  }
  if (before && !finding) {
    recorder.normal(deployment, 'ImagesPinned', 'all images have a version', { action: 'Checking' });
  }
  console.log(`${name}: ${problems.length} of its images have no version`);
}

const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const api = kubeConfig.makeApiClient(AppsV1Api);
const informer = makeInformer(kubeConfig, path, () => api.listNamespacedDeployment({ namespace }));
informer.on('add', reconcile);
informer.on('update', reconcile);
informer.on('delete', ({ metadata: { uid } }) => findings.delete(uid));

let isEnding = false;
let restart;
informer.on('error', (error) => {
  // stop() aborts the watch, and that is an error too.
  if (isEnding) return;
  console.error(`cannot watch Deployments: ${error.message}`);
  restart = setTimeout(() => informer.start(), RESTART_MS);
});
process.once('SIGTERM', async () => {
  isEnding = true;
  clearTimeout(restart);
  await informer.stop();
  await recorder.close();
});

await informer.start();
