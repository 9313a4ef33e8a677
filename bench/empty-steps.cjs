// The yardstick: a workflow of as many activities as a transfer has, which do nothing. Same server, same run.
const { proxyActivities } = require('@temporalio/workflow');

const { nothing } = proxyActivities({ startToCloseTimeout: 60_000, allowEagerDispatch: false });

exports.emptySteps = async function emptySteps({ steps }) {
  for (let step = 0; step < steps; step += 1) await nothing({ step });
};
