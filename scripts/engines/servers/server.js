const server = require('http').createServer((request, response) => response.end('answer 42\n'));
server.listen(8001, '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
