// A worker that somebody else runs: it takes tasks from the queues of a Ferry, says what it can read of them, and never
// does them. Started as another user of the machine: node false-worker.cjs ADDRESS NAMESPACE hold|complete QUEUE...
const { Connection } = require('@temporalio/client');
const { temporal } = require('@temporalio/proto');

const COMPLETE_WORKFLOW = temporal.api.enums.v1.CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION;
const POLL_MS = 20_000;

async function main([address, namespace, mode, ...queues]) {
  const connection = await Connection.connect({ address });
  const { workflowService } = connection;
  const request = (name) => ({ namespace, taskQueue: { name }, identity: 'false worker' });
  const poll = (ask) => connection.withDeadline(Date.now() + POLL_MS, ask).catch(() => null);
  const say = (kind, queue, task) => {
    const workflowId = task.workflowExecution?.workflowId;
    const text = Buffer.from(JSON.stringify(task, (_name, value) => bytesAsText(value))).toString('latin1');
    process.stdout.write(`${JSON.stringify({ kind, queue, workflowId, text })}\n`);
  };
  const activities = async (queue) => {
    for (;;) {
      const task = await poll(() => workflowService.pollActivityTaskQueue(request(queue)));
      if (task?.taskToken?.length > 0) say('activity', queue, task);
    }
  };
  const workflows = async (queue) => {
    for (;;) {
      const task = await poll(() => workflowService.pollWorkflowTaskQueue(request(queue)));
      if (!(task?.taskToken?.length > 0)) continue;
      say('workflow', queue, task);
      if (mode !== 'complete') continue;
      const data = Buffer.from(JSON.stringify({ state: 'done', receipt: null, error: null }));
      const result = { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data }] };
      const command = { commandType: COMPLETE_WORKFLOW, completeWorkflowExecutionCommandAttributes: { result } };
      await workflowService
        .respondWorkflowTaskCompleted({ namespace, taskToken: task.taskToken, commands: [command] })
        .catch((error) => process.stderr.write(`${error}\n`));
    }
  };
  process.stdout.write(`${JSON.stringify({ kind: 'ready', uid: process.getuid() })}\n`);
  await Promise.all(
    queues.flatMap((queue) => (mode === 'complete' ? [workflows(queue)] : [activities(queue), workflows(queue)])),
  );
}

/** Payloads are bytes, and readers decode them. */
function bytesAsText(value) {
  return value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value;
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
