#!/usr/bin/env node
import { createProcessIo, leave } from './process-io';
import { run } from './run';

const { io, ended } = createProcessIo();
void Promise.race([run(process.argv.slice(2), io), ended]).then(leave);
