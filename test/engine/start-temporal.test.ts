import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/contract';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

let temporal: TestTemporal;
let connection: Connection;

beforeAll(async () => {
  temporal = await startTestTemporal();
  connection = await Connection.connect({ address: temporal.address });
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await temporal?.stop();
});

test('A new server keeps closed workflows for 30 days', async () => {
  const { config } = await connection.workflowService.describeNamespace({ namespace: temporal.namespace });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 60 * 60);
});

test('A new server knows all of the search attributes', async () => {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: temporal.namespace });
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES)));
});
