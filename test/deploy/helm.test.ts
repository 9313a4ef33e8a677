import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parse, parseAllDocuments } from 'yaml';

const CHART = join(__dirname, '../../deploy/helm/ferry');
const read = (path: string): string => readFileSync(join(CHART, path), 'utf8');

/** A program that is not installed where the tests run; HELM may name it. */
const HELM = process.env['HELM'] ?? 'helm';
const hasHelm = spawnSync(HELM, ['version']).status === 0;
const describeWithHelm = hasHelm ? describe : describe.skip;
if (!hasHelm) process.stderr.write('helm is not installed: the chart is not rendered.\n');

/** The schemas of Kubernetes, as the Python package kubernetes-validate has them. */
const VALIDATE =
  'import sys, yaml, kubernetes_validate as k\nfor d in yaml.safe_load_all(sys.stdin):\n  d and d["kind"] != "ServiceMonitor" and k.validate(d, "1.31", strict=True)';
const hasSchemas = spawnSync('python3', ['-c', 'import kubernetes_validate']).status === 0;
if (!hasSchemas) process.stderr.write('kubernetes-validate is not installed: manifests are not checked by schemas.\n');

const ADDRESS = ['--set', 'temporal.address=temporal-frontend.temporal.svc:7233'];

function helm(...words: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(HELM, words, { encoding: 'utf8' });
  return { status, output: stdout + (status === 0 ? '' : stderr) };
}

const render = (...settings: readonly string[]) =>
  helm('template', 'r', CHART, '--kube-version', '1.31.0', ...ADDRESS, ...settings);

const FULL = [
  'temporal.tls.secretName=temporal-tls',
  'temporal.apiKeySecretName=temporal-key',
  'serviceMonitor.enabled=true',
  'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name=monitoring',
].flatMap((setting) => ['--set', setting]);

interface Manifest {
  readonly kind: string;
  readonly spec: Record<string, unknown>;
}

function manifests(...settings: readonly string[]): readonly Manifest[] {
  const { output } = render(...settings);
  return parseAllDocuments(output).map((document) => document.toJS() as Manifest);
}

function only(kind: string, ...settings: readonly string[]): Manifest {
  const [found, ...more] = manifests(...settings).filter((one) => one.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`There is not exactly one ${kind}.`);
  return found;
}

test('The chart is of the version of the package, and its example of a ferry.toml names mounted secrets only.', () => {
  const { version } = JSON.parse(readFileSync(join(CHART, '../../../package.json'), 'utf8')) as { version: string };
  expect((parse(read('Chart.yaml')) as { appVersion: string }).appVersion).toBe(version);
  const values = parse(read('values.yaml')) as { config: string; secrets: readonly { name: string }[] };
  const files = [...JSON.stringify(parseToml(values.config)).matchAll(/\/run\/secrets\/ferry\/([^/"]+)\//g)];
  expect(files.map(([, name = '']) => name).toSorted()).toEqual(values.secrets.map(({ name }) => name).toSorted());
});

describeWithHelm('The chart', () => {
  test('passes helm lint, and is refused without the address of Temporal.', () => {
    expect(helm('lint', CHART, '--strict', ...ADDRESS)).toMatchObject({ status: 0 });
    const refused = helm('template', 'r', CHART, '--kube-version', '1.31.0');
    expect(refused.status).not.toBe(0);
    expect(refused.output).toContain('/temporal/address');
  });

  test('holds no secret: every one is a reference.', () => {
    expect(manifests(...FULL).filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(render(...FULL).output).not.toMatch(/(?:password|secret|key):\s+['"]?[A-Za-z0-9+/]{24,}/i);
  });

  test('runs each worker as the host of its pod, restricted, with its files and its state on volumes.', () => {
    const { spec } = only('StatefulSet', ...FULL) as unknown as { spec: StatefulSpec };
    const { spec: pod } = spec.template;
    const [container] = pod.containers;
    expect(container?.env.find(({ name }) => name === 'FERRY_HOST_ID')?.valueFrom).toEqual({
      fieldRef: { fieldPath: 'metadata.name' },
    });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(45);
    expect(spec.volumeClaimTemplates.map(({ metadata }) => metadata.name)).toEqual(['data', 'state']);
    expect(container?.livenessProbe.httpGet.path).toBe('/livez');
    expect(container?.readinessProbe.httpGet.path).toBe('/readyz');
    for (const { name } of container?.volumeMounts ?? []) {
      const known = [...pod.volumes.map((volume) => volume.name), 'data', 'state'];
      expect(known).toContain(name);
    }
  });

  test('lets nobody in but who may read metrics, and asks for the prometheus operator only when told to.', () => {
    expect(only('NetworkPolicy').spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'], ingress: [] });
    expect(only('NetworkPolicy', ...FULL).spec['ingress']).toHaveLength(1);
    expect(manifests().some(({ kind }) => kind === 'ServiceMonitor')).toBe(false);
    expect(only('ServiceMonitor', ...FULL).kind).toBe('ServiceMonitor');
    expect(only('PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
  });

  const describeWithSchemas = hasSchemas ? describe : describe.skip;
  describeWithSchemas('and its manifests', () => {
    test('is valid by the schemas of Kubernetes, unknown fields refused; the ServiceMonitor aside.', () => {
      const { status, stderr } = spawnSync('python3', ['-c', VALIDATE], {
        input: render(...FULL).output,
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    });
  });
});

interface StatefulSpec {
  readonly template: {
    readonly spec: {
      readonly securityContext: object;
      readonly terminationGracePeriodSeconds: number;
      readonly volumes: readonly { readonly name: string }[];
      readonly containers: readonly {
        readonly env: readonly { readonly name: string; readonly valueFrom?: object }[];
        readonly securityContext: object;
        readonly livenessProbe: { readonly httpGet: { readonly path: string } };
        readonly readinessProbe: { readonly httpGet: { readonly path: string } };
        readonly volumeMounts: readonly { readonly name: string }[];
      }[];
    };
  };
  readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
}
