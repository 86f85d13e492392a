throw new Error('SHOP_SECRET is not set\nin this environment');
