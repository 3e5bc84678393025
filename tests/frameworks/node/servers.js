// Handlers with the mistakes that people make: node servers.js NAME

const listening = (port) => console.error(`listening on http://127.0.0.1:${port}`);

const servers = {
  async fastify() {
    const { default: fastify } = await import('fastify');
    const app = fastify();
    const schema = { body: { type: 'object', required: ['amount'], properties: { amount: { type: 'integer' } } } };
    app.post('/exception', async () => undefined.id);
    app.post('/schema', { schema }, async () => '');
    app.post('/limit', { bodyLimit: 10 }, async () => '');
    app.post('/own-400', async () => {
      throw Object.assign(new Error('order 7 is gone'), { statusCode: 400 });
    });
    app.register(async (inner) => {
      inner.removeAllContentTypeParsers();
      inner.post('/no-parser', async () => '');
    });
    app.get('/get', async () => '');
    // A handler as it should be: the signature is of the bytes that came.
    const { default: Stripe } = await import('stripe');
    const stripe = new Stripe('sk_test_of_a_test');
    app.register(async (inner) => {
      inner.removeAllContentTypeParsers();
      inner.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body));
      inner.post('/webhook', async (request, reply) => {
        try {
          const { STRIPE_WEBHOOK_SECRET: secret } = process.env;
          stripe.webhooks.constructEvent(request.body, request.headers['stripe-signature'], secret);
        } catch (error) {
          return reply.code(400).send(`Webhook Error: ${error.message}`);
        }
        return { received: true };
      });
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    listening(app.server.address().port);
  },

  async nest() {
    await import('reflect-metadata');
    const { NestFactory } = await import('@nestjs/core');
    const nest = await import('@nestjs/common');
    class Hooks {}
    const handlers = {
      exception: () => undefined.id,
      unauthorized: () => { throw new nest.UnauthorizedException(); },
      forbidden: () => { throw new nest.ForbiddenException(); },
      refused: () => { throw new nest.BadRequestException('Webhook signature verification failed'); },
      guarded: () => '',
    };
    // Decorators are functions, and this is no TypeScript.
    for (const [name, handler] of Object.entries(handlers)) {
      Object.defineProperty(Hooks.prototype, name, { value: handler });
      nest.Post(name)(Hooks.prototype, name, Object.getOwnPropertyDescriptor(Hooks.prototype, name));
    }
    class Guard { canActivate() { return false; } }
    const guarded = Object.getOwnPropertyDescriptor(Hooks.prototype, 'guarded');
    nest.UseGuards(Guard)(Hooks.prototype, 'guarded', guarded);
    nest.Controller()(Hooks);
    class Root {}
    nest.Module({ controllers: [Hooks] })(Root);
    const app = await NestFactory.create(Root, { logger: false });
    await app.listen(0, '127.0.0.1');
    listening(app.getHttpServer().address().port);
  },

  async hono() {
    const { Hono } = await import('hono');
    const { serve } = await import('@hono/node-server');
    const { bearerAuth } = await import('hono/bearer-auth');
    const app = new Hono();
    app.post('/exception', () => undefined.id);
    app.use('/bearer', bearerAuth({ token: 'of-a-test' }));
    app.post('/bearer', (context) => context.text(''));
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address) => listening(address.port));
  },

  async koa() {
    const { default: Koa } = await import('koa');
    const app = new Koa();
    app.silent = true;
    app.use((context) => {
      if (context.path === '/exception') return undefined.id;
      if (context.path === '/unauthorized') context.throw(401);
    });
    const server = app.listen(0, '127.0.0.1', () => listening(server.address().port));
  },

  async csurf() {
    const { default: express } = await import('express');
    const { default: csurf } = await import('csurf');
    const { default: cookieParser } = await import('cookie-parser');
    const app = express();
    app.post('/csrf', cookieParser(), csurf({ cookie: true }), (request, response) => response.send(''));
    const server = app.listen(0, '127.0.0.1', () => listening(server.address().port));
  },

  async next() {
    const { default: next } = await import('next');
    const { createServer } = await import('node:http');
    const app = next({ dev: true, dir: 'next' });
    await app.prepare();
    const server = createServer(app.getRequestHandler());
    server.listen(0, '127.0.0.1', () => listening(server.address().port));
  },
};

servers[process.argv[2]]();
