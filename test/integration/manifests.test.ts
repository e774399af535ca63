import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pluralOf } from '../../src/object/kinds.ts';
import { readManifests } from '../examples/read-manifests.ts';
import type { TestCluster } from '../support/cluster.ts';
import { openCluster } from '../support/open-cluster.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await openCluster();
});
after(() => cluster?.close());

for (const [path, objects] of await readManifests()) {
  test(`${path} is what the API server takes`, async () => {
    const namespace = await cluster.createNamespace();
    for (const object of objects) {
      const { apiVersion, kind, metadata } = object;
      const isNamespaced = !/^Cluster|^Namespace$|WebhookConfiguration$/.test(kind);
      const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const scope = isNamespaced ? `/namespaces/${namespace}` : '';
      const resources = `${root}${scope}/${pluralOf(apiVersion, kind)}`;
      const body = { ...object, metadata: { ...metadata, ...(isNamespaced && { namespace }) } };
      const answer = await cluster.request('POST', `${resources}?dryRun=All&fieldValidation=Strict`, body);
      assert.equal(answer.status, 201, `${kind}: ${JSON.stringify(answer.body)}`);
    }
  });
}
