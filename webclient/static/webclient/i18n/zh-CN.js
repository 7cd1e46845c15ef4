// @ts-check
// 简体中文。

/** @type {Record<string, string | [string, string]>} */
export const zh = {
  'app.loading': '正在加载',
  'app.offline': '暂时无法连接到 GoChat。',
  'app.tryAgain': '重试',

  'action.back': '返回', 'action.cancel': '取消', 'action.close': '关闭', 'action.more': '更多', 'action.save': '保存',
  'action.copied': '已复制', 'action.copyFailed': '复制失败',

  'nav.main': '主导航', 'nav.chats': '聊天', 'nav.contacts': '联系人', 'nav.search': '搜索', 'nav.settings': '设置',
  'nav.withCount': '{label}，{count} 条新消息', 'nav.profile': '当前账号：{name}',

  'auth.signIn': '登录', 'auth.newHere': '还没有账号？', 'auth.createAccount': '创建账号', 'auth.haveAccount': '已有账号？',
  'auth.username': '用户名', 'auth.password': '密码', 'auth.forgot': '忘记密码？',
  'auth.displayName': '昵称', 'auth.displayNameHint': '别人看到的名字，任何语言都可以。', 'auth.email': '邮箱（选填）', 'auth.emailOnly': '邮箱',
  'auth.passwordHint': '至少 8 个字符，不要使用常见密码。', 'auth.showPassword': '显示密码', 'auth.hidePassword': '隐藏密码',
  'auth.keep': '在此设备上保持登录', 'auth.or': '或', 'auth.guest': '以访客身份看看',
  'auth.guestHint': '访客可以进入世界聊天室，以后再注册也会保留名字。',
  'auth.lead': '中英文都自在的团队聊天，消息一条不丢。',
  'auth.sessionEnded': '登录已失效，请重新登录。', 'auth.erased': '你的账号正在删除。再见。',
  'auth.resetTitle': '重置密码', 'auth.backToSignIn': '返回登录', 'auth.resetHint': '我们会向账号绑定的邮箱发送链接。',
  'auth.resetSend': '发送链接', 'auth.resetSent': '如果该邮箱属于某个账号，链接已在路上。', 'auth.resetHaveCode': '我有邮件里的验证码',
  'auth.newPasswordTitle': '设置新密码', 'auth.newPasswordText': '所有已登录的设备都需要重新登录。', 'auth.setPassword': '设置密码',
  'auth.resetCode': '验证码', 'auth.resetCodeHint': '在我们发给你的邮件里。', 'auth.resetDone': '新密码已设置，请用它登录。',

  'connection.lost': '连接已断开，{count} 秒后重连', 'connection.connecting': '正在重新连接…', 'connection.now': '立即重连',

  'list.all': '全部', 'list.unread': '未读', 'list.mentions': '提到我', 'list.groups': '群聊', 'list.filters': '筛选聊天', 'list.options': '列表选项',
  'list.showFilters': '显示筛选', 'list.hideFilters': '隐藏筛选', 'list.archived': '已归档', 'list.archivedCount': '已归档（{count}）', 'list.noArchived': '没有归档的聊天。',
  'list.none.unread': '全部读完了。', 'list.none.mentions': '还没有人提到你。', 'list.none.groups': '你还没有加入群聊。', 'list.showAll': '显示全部聊天',
  'list.emptyTitle': '还没有聊天', 'list.emptyText': '按名字找到一个人，或者把几个人拉进群。',
  'list.draft': '[草稿]', 'list.you': '我：', 'list.sender': '{name}：', 'list.mention': '@我', 'list.mentioned': '有人提到你', 'list.noMessages': '还没有消息',
  'list.muted': '已免打扰', 'list.pinned': '已置顶', 'list.unreadCount': '{count} 条未读消息',
  'list.mute': '免打扰', 'list.unmute': '取消免打扰', 'list.pin': '置顶', 'list.unpin': '取消置顶', 'list.archive': '归档', 'list.unarchive': '移回聊天',
  'list.comma': '、', 'list.resize': '列表宽度',

  'chat.log': '消息', 'chat.newBelow': '以下为新消息', 'chat.toLatest': '回到最新', 'chat.toList': '返回聊天列表',
  'chat.beginning': '这里是对话的开头。', 'chat.sayHello': '还没有消息，打个招呼吧！', 'chat.historyHidden': '加入之前的消息对新成员不可见。',
  'chat.loadFailed': '消息加载失败。', 'chat.noneTitle': '选择一个聊天', 'chat.noneText': '从列表中选择，或者按名字直接跳转。',
  'chat.missingTitle': '这里没有内容', 'chat.missingText': '该聊天不存在，或者你不在其中。',

  'composer.to': '发消息到 {title}', 'composer.short': '发消息', 'composer.send': '发送', 'composer.save': '保存修改', 'composer.emoji': '表情', 'composer.mention': '提到某人',
  'composer.editing': '正在编辑', 'composer.replying': '回复 {name}', 'composer.tooLong': '一条消息最多 {count} 个字符。', 'composer.slowMode': '慢速模式：每{pause}可发一条消息', 'composer.slowWait': '慢速模式：{count} 秒后可以再发', 'composer.slowQueued': '慢速模式：消息将在 {count} 秒后发出', 'composer.tooFast': '发送太快：消息将在 {count} 秒后发出', 'composer.suggestions': '建议', 'composer.everyone': '群里所有人',

  'message.label': '{name}，{time}', 'message.tools': '消息操作', 'message.reply': '回复', 'message.react': '表情回应', 'message.copy': '复制文字', 'message.edit': '编辑', 'message.edited': '已编辑',
  'message.pin': '置顶消息', 'message.unpin': '取消置顶', 'message.pinned': '已置顶', 'message.readers': '谁读过', 'message.recall': '撤回', 'message.recallAsk': '撤回这条消息？', 'message.recallText': '消息会对所有人消失，但会留下撤回记录。',
  'message.recalled': '{name}撤回了一条消息', 'message.recalledMine': '你撤回了一条消息', 'message.recalledShort': '消息已撤回', 'message.hidden': '管理员隐藏了{name}的一条消息', 'message.hiddenMine': '管理员隐藏了你的一条消息', 'message.hiddenShort': '已被管理员隐藏', 'message.removed': '该消息已被移除。', 'message.removedShort': '消息已移除',
  'message.notSent': '未发送', 'message.retry': '重试', 'message.delete': '删除', 'message.readBy': '{count} 人已读', 'message.reaction': '{emoji}，{count}',
  'message.quote': '较早的消息', 'message.quoteGone': '点按查看', 'message.code': '代码', 'message.copyCode': '复制代码',

  'kind.text': '消息', 'kind.image': '[图片]', 'kind.file': '[文件]', 'kind.voice': '[语音]', 'kind.system': '通知',
  'tick.sending': '发送中', 'tick.stored': '已发送', 'tick.delivered': '已送达', 'tick.read': '已读', 'tick.failed': '未发送',

  'typing.self': '正在输入…', 'typing.one': '{name}正在输入', 'typing.many': '{count} 人正在输入',
  'presence.online': '在线', 'presence.offline': '离线', 'presence.unknown': '等待连接', 'presence.justNow': '刚刚在线', 'presence.minutesAgo': '{count} 分钟前在线', 'presence.lastSeen': '最后在线 {time}',
  'time.yesterday': '昨天', 'time.todayIs': '今天 · {date}', 'time.yesterdayIs': '昨天 · {date}',

  'emoji.smiles': '表情', 'emoji.hands': '手势', 'emoji.things': '物品', 'emoji.marks': '符号',

  'new.title': '发起聊天', 'new.kind': '聊天类型', 'new.direct': '私聊', 'new.group': '群聊',
  'people.search': '按名字搜索', 'people.none': '没有找到这个名字。', 'people.hint': '输入名字来找人。', 'people.remove': '移除 {name}',

  'person.title': '个人资料', 'person.write': '发消息', 'person.you': '你', 'person.youMark': '（我）', 'person.guest': '访客', 'person.bot': '机器人', 'person.agent': 'AI', 'person.person': '用户',
  'person.block': '拉黑', 'person.unblock': '取消拉黑', 'person.blocked': '已拉黑', 'person.unblocked': '已取消拉黑', 'person.blockAsk': '拉黑 {name}？', 'person.blockText': '对方将无法再给你发私聊消息。',

  'contacts.friends': '好友', 'contacts.requests': '好友请求', 'contacts.blocked': '黑名单', 'contacts.find': '找人', 'contacts.none': '还没有好友。按名字找到并添加吧。',
  'contacts.add': '加好友', 'contacts.asked': '请求已发送', 'contacts.waiting': '等待对方回应', 'contacts.withdraw': '撤回', 'contacts.withdrawRequest': '撤回好友请求', 'contacts.withdrawn': '请求已撤回', 'contacts.wants': '想加你为好友', 'contacts.accept': '接受', 'contacts.accepted': '你们已成为好友',
  'contacts.decline': '拒绝', 'contacts.declined': '已拒绝请求', 'contacts.remove': '删除好友', 'contacts.removed': '已删除好友',
  'contacts.remark': '备注名', 'contacts.remarkPlaceholder': '只有你能看到', 'contacts.remarkSaved': '已保存',

  'details.title': '详情', 'details.open': '{title} 的详情',
  'role.owner': '群主', 'role.admin': '管理员', 'role.member': '成员', 'world.title': '世界聊天室', 'world.sub': '所有人都在这里',
  'group.members': '{count} 位成员', 'group.online': '{count} 人在线', 'group.membersCount': '成员 · {count}', 'group.visitors': '来过的人', 'group.findMember': '按名字查找成员', 'group.moreMembers': '显示更多',
  'group.name': '群名称', 'group.namePlaceholder': '周末徒步', 'group.addPeople': '添加成员', 'group.create': '创建 {count} 人群聊',
  'group.invite': '邀请', 'group.add': '添加 {count} 人', 'group.added': '已添加 {count} 人',
  'group.settings': '群设置', 'group.description': '群简介', 'group.announcement': '群公告', 'group.joinPolicy': '通过链接加入',
  'group.join.open': '自由加入', 'group.join.approval': '需要审批', 'group.join.invite': '仅邀请',
  'group.joinHint.invite': '群主和管理员创建链接，拿到的人可以直接加入。', 'group.joinHint.approval': '群主和管理员创建链接，并逐个同意加入。', 'group.joinHint.open': '每位成员都可以创建链接，拿到的人可以直接加入。',
  'group.slowMode': '慢速模式', 'group.slowModeHint': '成员两次发言之间需要等待的时间。', 'group.slowModeOff': '关闭',
  'group.mutedAll': '全员禁言', 'group.mutedAllHint': '只有群主和管理员可以发言。', 'group.announcementOnly': '仅发布公告', 'group.announcementOnlyHint': '群主和管理员发布，其他人阅读。', 'group.historyVisible': '新成员可见历史', 'group.historyVisibleHint': '新加入的人可以看到之前的消息。',
  'group.leave': '退出群聊', 'group.leaveAsk': '退出 {title}？', 'group.leaveText': '你将不再收到群里的消息。', 'group.left': '已退出群聊',
  'group.dissolve': '解散群聊', 'group.dissolveAsk': '解散 {title}？', 'group.dissolveText': '群聊将对所有成员结束，且无法恢复。',
  'group.memberActions': '对 {name} 的操作', 'group.makeAdmin': '设为管理员', 'group.removeAdmin': '取消管理员', 'group.transfer': '转让群主', 'group.transferAsk': '把群主转让给 {name}？', 'group.transferText': '你将成为管理员。',
  'group.muteHour': '禁言一小时', 'group.muteDay': '禁言一天', 'group.unmuteMember': '解除禁言', 'group.mutedUntil': '禁言至 {time}', 'group.removeMember': '移出群聊', 'group.removeAsk': '把 {name} 移出群聊？',
  'group.changed': '已完成', 'group.requests': '入群申请 · {count}', 'group.approve': '同意', 'group.reject': '拒绝',

  'invite.make': '创建邀请链接', 'invite.hint': '链接七天内有效，拿到的人都可以加入。', 'invite.copied': '链接已复制', 'invite.copy': '复制链接', 'invite.end': '使链接失效', 'invite.expires': '有效期至 {time}', 'invite.forever': '长期有效',
  'join.askingTitle': '正在加入…', 'join.waitingTitle': '申请已发送', 'join.waiting': '需要群管理员同意。', 'join.failedTitle': '邀请无效',

  'system.joined': '{actor}加入了群聊', 'system.created': '{actor}创建了群聊', 'system.added': '{actor}邀请{people}加入了群聊', 'system.member-left': '{actor}退出了群聊', 'system.member-removed': '{actor}将{people}移出了群聊', 'system.more': '另外 {count} 人', 'system.you': '你',

  'pins.title': '置顶消息', 'pins.none': '这里没有置顶的消息。', 'pins.added': '已置顶', 'pins.removed': '已取消置顶',
  'readers.title': '谁读过', 'readers.none.read': '还没有人读过。', 'readers.none.unread': '所有人都读过了。', 'readers.read': '已读 · {count}', 'readers.unread': '未读 · {count}',

  'silence.blocked': '你已拉黑对方。', 'silence.announcementOnly': '这里只有群主和管理员可以发言。', 'silence.mutedAll': '全员禁言中。', 'silence.muted': '你被禁言至 {time}。',

  'switcher.title': '跳转', 'switcher.search': '在消息中搜索“{words}”', 'switcher.placeholder': '聊天或联系人的名字',
  'shortcuts.title': '键盘快捷键', 'shortcuts.switch': '跳转到聊天或联系人', 'shortcuts.search': '搜索消息', 'shortcuts.walk': '上一个或下一个聊天', 'shortcuts.send': '发送', 'shortcuts.break': '换行',
  'shortcuts.edit': '编辑上一条消息（输入框为空时）', 'shortcuts.mention': '提到某人', 'shortcuts.close': '关闭', 'shortcuts.sheet': '显示本页',

  'search.placeholder': '搜索消息、文件和联系人', 'search.placeholderIn': '在 {title} 中搜索', 'search.clear': '清空', 'search.here': '在此搜索', 'search.filters': '筛选结果', 'search.results': '搜索结果',
  'search.tab.messages': '消息', 'search.tab.files': '文件', 'search.tab.groups': '群聊', 'search.tab.users': '联系人',
  'search.modeIs': '搜索方式：{mode}', 'search.mode.hybrid': '智能', 'search.mode.keyword': '精确', 'search.mode.semantic': '语义',
  'search.modeHint.hybrid': '词语、错别字、拼音和含义一起找', 'search.modeHint.keyword': '每个词都必须出现', 'search.modeHint.semantic': '按意思找，中英文互通',
  'search.by': '发送人', 'search.in': '全部会话', 'search.kind': '类型', 'search.when': '日期', 'search.filterOn': '{label}：{value}', 'search.filterOff': '取消筛选：{label}', 'search.me': '我', 'search.oneChat': '一个会话', 'search.chatName': '会话名称', 'search.noChoice': '没有这个名字。',
  'search.kind.text': '文字', 'search.kind.image': '图片', 'search.kind.file': '文件', 'search.kind.voice': '语音',
  'search.lastDays': '最近 {count} 天', 'search.since': '{day}起', 'search.until': '截至{day}', 'search.from': '开始日期', 'search.till': '结束日期',
  'search.to': '发给{name}', 'search.byMeaning': '按语义匹配', 'search.degraded.messages': '搜索暂时受限：只能按原文查找近期消息。',
  'search.degraded.users': '搜索暂时受限：只能按名字开头查找。', 'search.degraded.groups': '搜索暂时受限：只查看了最近的群聊。', 'search.degraded.files': '搜索暂时受限：只查看了最近的文件。',
  'search.told': '{count} 条结果', 'search.narrower': '只显示前 {count} 条，增加关键词或筛选条件可以找到其余的。',
  'search.startTitle': '什么都能找到', 'search.startText': '中文、英文、拼音都可以。智能搜索还能找到换了说法、换了语言的内容。',
  'search.recent': '最近搜索', 'search.recentClear': '清除', 'search.recentForget': '移除“{words}”',
  'search.noneTitle': '没有找到', 'search.none.messages': '你能看到的消息里没有“{words}”。', 'search.none.files': '没有名为“{words}”的文件。', 'search.none.groups': '你不在名为“{words}”的群聊中。', 'search.none.users': '没有找到“{words}”。',
  'search.allOfIt': '取消筛选', 'search.trySmart': '改用智能搜索', 'search.failedTitle': '搜索失败',
  'search.stepper': '逐条查看结果', 'search.result': '搜索结果', 'search.resultOf': '第 {number} 条，共 {total} 条', 'search.resultOfMore': '第 {number} 条，共 {total}+ 条', 'search.previous': '上一条', 'search.next': '下一条', 'search.backToResults': '返回搜索结果',
  'search.pickTitle': '选择一条结果', 'search.pickText': '消息会在这里连同上下文打开。方向键选择，Enter 打开，Esc 返回。',

  'files.attach': '添加文件', 'files.dropHere': '松手即可添加', 'files.tray': '待发送的文件', 'files.file': '文件', 'files.unnamed': '未命名', 'files.noFolders': '不能发送文件夹，请选择其中的文件。', 'files.tooMany': '一次最多 {count} 个文件。',
  'files.waiting': '等待中', 'files.checking': '正在检查…', 'files.ready': '已就绪', 'files.goneOf': '{gone} / {size}', 'files.resumedOf': '续传 · {gone} / {size}', 'files.progress': '{name} 的上传进度',
  'files.remove': '移除', 'files.removeOne': '移除 {name}', 'files.retryOne': '重试 {name}', 'files.cancelOne': '取消 {name}', 'files.download': '下载', 'files.downloadOne': '下载 {name}，{size}', 'files.erased': '该文件已不可用。',
  'files.empty': '这个文件是空的。', 'files.tooLarge': '文件太大，最多 {size}。', 'files.tooLargeAny': '文件太大。', 'files.quota': '空间不足：{quota} 中已用 {used}。', 'files.interrupted': '上传中断了。', 'files.storageRefused': '存储服务没有接收这个文件。',
  'files.rejected': '这个文件被拒绝了。', 'files.rejected-size': '文件在发送过程中发生了变化。', 'files.rejected-type': '文件内容与名称不符。', 'files.rejected-pixels': '图片的像素太多。', 'files.rejected-checksum': '文件在传输中损坏了。', 'files.rejected-infected': '文件被检测出有危险。',
  'media.alt': '{name}发的图片：{title}', 'media.noPreview': '无法预览', 'media.viewer': '图片', 'media.countOf': '{number} / {total}', 'media.previous': '上一张', 'media.next': '下一张', 'media.play': '播放',
  'voice.record': '录制语音消息', 'voice.recording': '正在录音', 'voice.discard': '丢弃录音', 'voice.send': '发送语音消息', 'voice.tooShort': '太短了，请多录一会儿。', 'voice.play': '播放', 'voice.pause': '暂停', 'voice.position': '播放位置', 'voice.notPlayed': '语音消息无法播放。',
  'voice.denied': '麦克风被禁用了，请在浏览器设置中允许本网站使用。', 'voice.noMicrophone': '没有找到麦克风。', 'voice.busy': '麦克风正被其他程序占用。', 'voice.unsupported': '这个浏览器无法在此录音。',
  'avatar.choose': '更换头像', 'avatar.remove': '移除头像', 'avatar.saved': '头像已更新', 'avatar.removed': '头像已移除', 'avatar.notPicture': '请选择 PNG、JPEG、GIF 或 WebP 图片。',

  'guest.text': '你现在是访客。创建账号即可保留名字、聊天和好友。', 'guest.upgrade': '创建账号', 'guest.upgradeText': '名字和历史都会保留。', 'guest.upgradeDo': '创建账号', 'guest.upgraded': '欢迎！账号已创建。',
  'guest.logoutText': '访客退出后无法再回到这些聊天。想保留的话，请先创建账号。',

  'text.gap': '', 'report.do': '举报', 'report.group': '举报群聊', 'report.title.message': '举报消息', 'report.title.user': '举报用户', 'report.title.conversation': '举报群聊', 'report.why': '有什么问题？',
  'report.reason.spam': '垃圾信息', 'report.reason.fraud': '欺诈', 'report.reason.harassment': '骚扰', 'report.reason.hate': '仇恨言论', 'report.reason.sexual': '色情内容', 'report.reason.violence': '暴力或威胁', 'report.reason.self_harm': '自残或自杀',
  'report.reason.child_safety': '危害未成年人', 'report.reason.impersonation': '冒充他人', 'report.reason.illegal': '违法物品或行为', 'report.reason.other': '其他',
  'report.urgent': '如果有人正处于危险之中，请先拨打当地的紧急电话。', 'report.comment': '还有什么要告诉管理员？（选填）', 'report.commentHint': '用你自己的话说', 'report.withMessages': '让管理员看到我们最近的消息',
  'report.seen.message': '管理员会看到这条消息（包括编辑前的内容）以及它前后各最多十条消息。', 'report.seen.user': '管理员会看到对方的名字和资料，看不到你们的消息。', 'report.seen.direct': '管理员会看到你和{name}最近的二十条消息，看不到你的其他聊天。', 'report.seen.conversation': '管理员会看到群聊的名称、简介和公告，以及其中你能看到的最近二十条消息。',
  'report.secret': '{name}不会知道是谁举报的。', 'report.secretGroup': '群成员不会知道是谁举报的。', 'report.send': '提交举报',
  'report.thanks': '谢谢你告诉我们', 'report.next': '管理员会查看。', 'report.nextApp': '处理结果会显示在设置的“我的举报”里。', 'report.nextMail': '处理结果会显示在设置的“我的举报”里，也会发邮件给你。', 'report.block': '拉黑 {name}', 'report.mine': '我的举报', 'report.done': '完成',
  'conduct.sanctions': '对你的处罚', 'conduct.noSanctions': '没有。管理员没有限制或警告过这个账号。', 'conduct.yourAppeal': '你的申诉：{text}', 'conduct.answer': '答复：{text}',
  'conduct.reports': '我的举报', 'conduct.noReports': '你还没有举报过。消息、用户和群聊的菜单里都有“举报”。', 'conduct.waiting': '等待管理员处理。', 'conduct.state.open': '处理中', 'conduct.state.closed': '已处理', 'conduct.subject.message': '一条消息', 'conduct.subject.conversation': '一个聊天',
  'sanction.everywhere': '所有聊天', 'sanction.in': '{title}', 'sanction.inGroup': '某个群聊', 'sanction.until': '至 {time}', 'sanction.forGood': '没有期限', 'sanction.warn': '警告 {where}', 'sanction.mute': '禁言（{where}），{time}', 'sanction.ban': '封禁（{where}），{time}',
  'muted.everywhere': '管理员已将你禁言（所有聊天），{time}。', 'muted.here': '管理员已将你在此禁言，{time}。', 'muted.reason': '原因：{reason}',
  'warning.title': '来自管理员的警告', 'warning.text': '你仍然可以发言；再次违规可能会被禁言。', 'warning.read': '我已阅读',
  'appeal.do': '申诉', 'appeal.title': '申诉', 'appeal.text': '为什么应该改变这个决定？', 'appeal.hint': '只能申诉一次，由另一位管理员复核。', 'appeal.send': '提交申诉', 'appeal.sent': '申诉已提交', 'appeal.state.open': '申诉复核中', 'appeal.state.upheld': '申诉未通过', 'appeal.state.granted': '申诉已通过',
  'banned.title': '该账号已被封禁', 'banned.until': '账号无法使用，{time}。', 'banned.reason': '原因', 'banned.appeal': '认为处理有误？', 'banned.appealed': '申诉已提交，将由另一位管理员复核。重新登录即可查看是否已解封。', 'banned.other': '前往登录页',

  'settings.language': '语言', 'settings.theme': '主题', 'settings.theme.system': '跟随系统', 'settings.theme.light': '浅色', 'settings.theme.dark': '深色', 'settings.appearance': '外观', 'settings.saved': '已保存',
  'settings.emailHint': '别人看不到。忘记密码时用它来重置。',
  'privacy.title': '隐私', 'privacy.direct': '谁可以和我私聊', 'privacy.groups': '谁可以拉我进群', 'privacy.last_seen': '谁能看到我的最后在线时间',
  'privacy.to.everyone': '所有人', 'privacy.to.friends': '好友', 'privacy.to.nobody': '没有人', 'privacy.searchable': '可以通过名字找到我', 'privacy.searchableHint': '好友和同在一个聊天里的人仍然看得到你。',
  'settings.devices': '登录设备', 'settings.thisDevice': '当前设备', 'settings.unknownDevice': '未知设备', 'settings.lastActive': '最近活动 {time}', 'settings.endDevice': '退出登录', 'settings.deviceEnded': '该设备已退出登录',
  'settings.password': '密码', 'settings.oldPassword': '当前密码', 'settings.newPassword': '新密码', 'settings.passwordHint': '其他设备都会退出登录。', 'settings.changePassword': '修改密码', 'settings.passwordChanged': '密码已修改',
  'settings.logout': '退出登录', 'settings.logoutAsk': '在此设备上退出登录？', 'settings.logoutText': '消息都会保留，随时可以再登录。',
  'settings.erase': '删除账号', 'settings.eraseAsk': '删除你的账号？', 'settings.eraseText': '账号和消息都会被删除，无法恢复。',

  'error.unknown': '出了点问题。', 'error.AUTH_FAILED': '请重新登录。', 'error.TOKEN_EXPIRED': '请重新登录。', 'error.FORBIDDEN': '你没有权限这样做。', 'error.BANNED': '该账号已被停用。',
  'error.MUTED': '你在这里被禁言。', 'error.BLOCKED': '对方不接收你的消息。', 'error.CONTENT_REJECTED': '这段文字不允许发送。', 'error.INVALID_MESSAGE': '这条消息无法发送。', 'error.INVALID_REQUEST': '请检查填写的内容。',
  'error.MESSAGE_TOO_LARGE': '消息太长了。', 'error.CONVERSATION_NOT_FOUND': '该聊天不存在。', 'error.MESSAGE_NOT_FOUND': '该消息不存在。', 'error.NOT_FOUND': '未找到。', 'error.CONFLICT': '已被占用。',
  'error.RATE_LIMITED': '操作太快，请 {seconds} 秒后再试。', 'error.UNAVAILABLE': '无法连接服务器。',
};
