// What a page of another origin tries, in the browser. `refused`: no answer; `opaque`: one that it may not read.
// oxlint-disable-next-line no-unused-vars -- the page calls it
async function attack({ sandbox, page, others, namespace, transferId }) {
  const report = {};
  const attempt = async (name, url, init) => {
    try {
      // A port that speaks another protocol may hold the connection.
      const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
      report[name] = answer.type === 'opaque' ? 'opaque' : `read ${answer.status}`;
    } catch {
      report[name] = 'refused';
    }
  };
  const simple = (body) => ({ method: 'POST', mode: 'no-cors', body: JSON.stringify(body) });
  const withCookies = { credentials: 'include' };
  const asJson = { 'content-type': 'application/json' };
  await attempt('read the messages', `${sandbox}/_sandbox/messages`, {});
  await attempt('set a fault', `${sandbox}/_sandbox/faults`, simple({ at: 'put', do: { status: 503 } }));
  const fault = JSON.stringify({ at: 'put', do: { status: 503 } });
  await attempt('set a fault as JSON', `${sandbox}/_sandbox/faults`, { method: 'POST', headers: asJson, body: fault });
  const start = { workflowType: { name: 'transfer' }, taskQueue: { name: 'ferry' } };
  const tryServer = async (base, at) => {
    const workflows = `${base}/api/v1/namespaces/${namespace}/workflows`;
    await attempt(`start a workflow ${at}`, `${workflows}/from-a-page-${at}`, simple(start));
    await attempt(`terminate the transfer ${at}`, `${workflows}/${transferId}/terminate`, simple({ reason: 'a page' }));
    await attempt(`read the history ${at}`, `${workflows}/${transferId}/history`, {});
  };
  await Promise.all([page, ...others].map(tryServer));
  const payloads = JSON.stringify({ payloads: [] });
  await attempt('decode', `${page}/_ferry/decode`, { method: 'POST', headers: asJson, body: payloads, ...withCookies });
  await attempt('decode simply', `${page}/_ferry/decode`, { ...simple({ payloads: [] }), ...withCookies });
  await new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = `${sandbox}/api/account/12345678/signup.jsonp?callback=stolen`;
    script.onload = () => ((report['sign up by script'] = 'loaded'), resolve());
    script.onerror = () => ((report['sign up by script'] = 'refused'), resolve());
    document.head.append(script);
  });
  await new Promise((resolve) => {
    const socket = new WebSocket(`${sandbox.replace('http', 'ws')}/ws_api/account/12345678/messaging/consumer?v=3`);
    socket.onopen = () => ((report['open a socket'] = 'open'), resolve());
    socket.onerror = () => ((report['open a socket'] = 'refused'), resolve());
  });
  return report;
}
