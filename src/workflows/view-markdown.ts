import type { Step, WorkflowView } from '../contract';

/** The description of a transfer for Temporal's UI. */
export function toMarkdown(view: WorkflowView, steps: readonly Step[]): string {
  const at = steps.indexOf(view.step);
  const marks = steps.map((step, index) => {
    if (view.state === 'done' || index < at) return `- [x] ${step}`;
    return index === at ? `- **${step}** (${view.state})` : `- ${step}`;
  });
  const lines = [
    `**${view.source}** to account **${view.account}** as consumer **${view.consumer}**, from host ${view.host}`,
    '',
    ...marks,
    '',
  ];
  if (view.conversationId !== null) lines.push(`Conversation ${view.conversationId}`);
  if (view.sequence !== null) lines.push(`Published as message ${view.sequence}`);
  if (view.urlRenewals > 0) lines.push(`Upload or download link renewed ${view.urlRenewals} times (no retry)`);
  if (view.error !== null) lines.push('', `**${view.error.code}**: ${view.error.message}`, '', view.error.remedy);
  if (view.state === 'parked') lines.push('', `Then: \`ferry retry ${view.transferId}\``);
  if (view.state === 'paused') lines.push('', `A person paused it. To go on: \`ferry resume ${view.transferId}\``);
  if (view.nextTryAt !== null) lines.push(`Next try at ${view.nextTryAt}`);
  lines.push(...view.notes.map((text) => `> ${text}`));
  return lines.join('\n');
}
