// Reads an AdmissionReview and writes its answer. No I/O.

/** @throws an Error that says what is wrong with the review */
export function readReview(text) {
  const { apiVersion, kind, request } = JSON.parse(text) ?? {};
  if (kind !== 'AdmissionReview' || apiVersion !== 'admission.k8s.io/v1') {
    throw new Error(`expected an AdmissionReview of admission.k8s.io/v1, got ${kind} of ${apiVersion}`);
  }
  if (typeof request?.uid !== 'string') throw new Error('request.uid: expected a string');
  if (request.kind?.kind !== 'Pod' || !Array.isArray(request.object?.spec?.containers)) {
    throw new Error('request.object: expected a Pod with containers');
  }
  return request;
}

/** Admits the pod. The warnings are shown to whoever created it, for example by kubectl. */
export function allow({ uid }, patch, warnings = []) {
  const patched = { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  const response = { uid, allowed: true, warnings, ...(patch.length > 0 && patched) };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}

/** A JSON patch with the variables of the policy that the containers of the pod do not set themselves. */
export function patchFor(pod, rules) {
  const env = rules.filter((rule) => selects(rule, pod)).map(({ name, value }) => ({ name, value }));
  return ['initContainers', 'containers'].flatMap((list) =>
    (pod.spec[list] ?? []).flatMap((container, index) => {
      const path = `/spec/${list}/${index}/env`;
      const missing = env.filter(({ name }) => !container.env?.some((own) => own.name === name));
      if (missing.length === 0) return [];
      if (!container.env) return [{ op: 'add', path, value: missing }];
      return missing.map((value) => ({ op: 'add', path: `${path}/-`, value }));
    }),
  );
}

function selects({ matchLabels = {} }, { metadata }) {
  return Object.entries(matchLabels).every(([key, value]) => metadata?.labels?.[key] === value);
}
